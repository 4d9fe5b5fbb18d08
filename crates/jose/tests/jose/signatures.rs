//! Signatures that are none (in the manner of Wycheproof).

use latchkey_jose::{Algorithm, CompactJws, SigningKey, VerifyError};
use serde_json::json;

use crate::{base64url, key_for, parts};

/// The order of P-256 (SP 800-186 section 3.2.1.3).
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7,
    0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

fn token(key: &SigningKey) -> String {
    key.sign("JWT", &json!({ "sub": "x" })).unwrap()
}

fn verify(key: &SigningKey, input: &str, signature: &[u8]) -> Result<(), VerifyError> {
    let token = format!("{input}.{}", base64url(signature));
    CompactJws::parse(&token).unwrap().verify(&key.public_key(), "JWT").map(drop)
}

/// Big endian, modulo 2^256.
fn minus(left: &[u8], right: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let value = 256 + i32::from(left[at]) - i32::from(right[at]) - borrow;
        difference[at] = value.to_le_bytes()[0];
        borrow = i32::from(value < 256);
    }
    difference
}

#[test]
fn an_ecdsa_signature_is_two_numbers_below_the_order() {
    let key = key_for(Algorithm::Es256);
    let token = token(&key);
    let (input, signature) = parts(&token);
    let (r, s) = (&signature[..32], &signature[32..]);
    assert_eq!(verify(&key, input, &signature), Ok(()));
    let mut above = ORDER;
    above[31] += 1;
    let (zero, most) = ([0; 32], [0xFF; 32]);
    // r + n and s + n, where they fit
    for (r, s) in [
        (&zero[..], s),
        (r, &zero),
        (&zero, &zero),
        (&ORDER, s),
        (r, &ORDER),
        (&ORDER, &ORDER),
        (&above, s),
        (r, &above),
        (&most, s),
        (r, &most),
        (s, r),
    ] {
        assert_eq!(verify(&key, input, &[r, s].concat()), Err(VerifyError::BadSignature));
    }
}

#[test]
fn an_ecdsa_signature_is_64_bytes_and_no_der() {
    let key = key_for(Algorithm::Es256);
    let token = token(&key);
    let (input, signature) = parts(&token);
    let (r, s) = signature.split_at(32);
    let unsigned = |number: &[u8]| {
        let mut integer = if number[0] > 127 { vec![0] } else { vec![] };
        integer.extend_from_slice(number);
        [&[2, u8::try_from(integer.len()).unwrap()], &integer[..]].concat()
    };
    let members = [unsigned(r), unsigned(s)].concat();
    let der = [&[0x30, u8::try_from(members.len()).unwrap()], &members[..]].concat();
    let padded = [&[0], r, &[0], s].concat();
    for wrong in
        [&[][..], &[0; 64], r, &signature[..63], &signature[1..], &[&signature[..], &[0]].concat(), &padded, &der]
    {
        assert_eq!(verify(&key, input, wrong), Err(VerifyError::BadSignature), "{} bytes", wrong.len());
    }
}

// ECDSA itself allows two signatures for one: a token is known by its jti, never by its text
#[test]
fn the_other_half_of_an_ecdsa_signature_is_one_too() {
    let key = key_for(Algorithm::Es256);
    let token = token(&key);
    let (input, signature) = parts(&token);
    let other = [&signature[..32], &minus(&ORDER, &signature[32..])].concat();
    assert_ne!(other, signature);
    assert_eq!(verify(&key, input, &other), Ok(()));
}

#[test]
fn an_rsa_signature_is_as_long_as_the_modulus() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        let key = key_for(algorithm);
        let token = token(&key);
        let (input, signature) = parts(&token);
        assert_eq!((signature.len(), verify(&key, input, &signature)), (256, Ok(())));
        let padded = [&[0], &signature[..]].concat();
        for wrong in [&[][..], &[0; 256], &[1; 256], &[0xFF; 256], &signature[..255], &signature[1..], &padded] {
            assert_eq!(verify(&key, input, wrong), Err(VerifyError::BadSignature), "{algorithm}, {}", wrong.len());
        }
    }
}

#[test]
fn no_byte_of_any_signature_or_token_may_change() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        let token = token(&key);
        let (input, signature) = parts(&token);
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_eq!(verify(&key, input, &changed), Err(VerifyError::BadSignature), "{algorithm}, {at}");
        }
        let (header, _) = input.split_once('.').unwrap();
        let other = format!("{header}.{}", base64url(r#"{"sub":"y"}"#));
        assert_eq!(verify(&key, &other, &signature), Err(VerifyError::BadSignature), "{algorithm}");
    }
}
