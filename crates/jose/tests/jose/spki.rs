//! Keys as certificates hold them.

use latchkey_jose::{Algorithm, InvalidKey, PublicKey};

use crate::key_for;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn what_was_written_is_read_back() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm).public_key();
        let read = PublicKey::from_spki_der(&key.to_spki_der()).unwrap();
        assert_eq!(read.only(algorithm), Some(key.clone()), "{algorithm}");
        assert_eq!(read.to_spki_der(), key.to_spki_der(), "{algorithm}");
    }
}

// RFC 8410 section 10.1
#[test]
fn the_ed25519_example_of_the_standard_is_read() {
    let der = hex("302A300506032B657003210019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E1");
    let key = PublicKey::from_spki_der(&der).unwrap();
    assert_eq!(key.as_ed25519().unwrap()[..], der[12..]);
    assert_eq!(key.to_spki_der(), der);
}

#[test]
fn other_keys_and_encodings_are_refused() {
    let ed25519 = key_for(Algorithm::EdDsa).public_key().to_spki_der();
    let p256 = key_for(Algorithm::Es256).public_key().to_spki_der();
    let rsa = key_for(Algorithm::Rs256).public_key().to_spki_der();
    let changed = |der: &[u8], at: usize, byte: u8| {
        let mut der = der.to_vec();
        der[at] = byte;
        der
    };
    for (what, der) in [
        ("nothing", vec![]),
        ("trailing bytes", [&ed25519[..], &[0]].concat()),
        ("trailing bytes", [&rsa[..], &[0]].concat()),
        ("cut short", p256[..90].to_vec()),
        ("X25519", changed(&ed25519, 8, 0x6E)),
        ("Ed448", changed(&ed25519, 8, 0x71)),
        ("unused bits", changed(&ed25519, 11, 1)),
        ("a curve of another name", changed(&p256, 22, 6)),
        ("a compressed point", changed(&p256, 26, 2)),
        ("a hybrid point", changed(&p256, 26, 6)),
        ("a point off the curve", changed(&p256, 90, p256[90] ^ 1)),
        ("RSA-PSS's own identifier", changed(&rsa, 16, 0x0A)),
        ("an RSA key without the null", changed(&rsa, 17, 4)),
        ("an even modulus", changed(&rsa, 288, 0)),
        ("an even exponent", changed(&rsa, 293, 2)),
        ("an exponent below 65537", changed(&rsa, 291, 0)),
    ] {
        assert_eq!(PublicKey::from_spki_der(&der), Err(InvalidKey), "{what}");
    }
}

// N5
#[test]
fn a_weak_ed25519_key_is_refused_in_this_dress_too() {
    let der = hex("302A300506032B65700321000100000000000000000000000000000000000000000000000000000000000000");
    assert_eq!(PublicKey::from_spki_der(&der), Err(InvalidKey));
}
