//! Making, keeping and reading private keys.

use latchkey_jose::{Algorithm, CompactJws, InvalidPrivateKey, SigningKey};
use serde_json::json;

use crate::key_for;

// F-17: what is stored is what signs
#[test]
fn a_key_that_was_kept_signs_as_the_same_key() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        let again = SigningKey::from_private_bytes(algorithm, &key.private_bytes()).unwrap();
        assert_eq!((again.alg(), again.kid()), (algorithm, key.kid()));
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.public_key().algorithms(), [algorithm]);
        assert_eq!(again.private_bytes(), key.private_bytes());
        let token = again.sign("at+jwt", &json!({ "sub": "x" })).unwrap();
        let jws = CompactJws::parse(&token).unwrap();
        assert_eq!((jws.header().alg(), jws.header().kid()), (algorithm.as_str(), Some(key.kid())));
        assert!(jws.verify(&key.public_key(), "at+jwt").is_ok());
    }
}

#[test]
fn the_randomness_handed_in_makes_the_key() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let key = |byte: u8| SigningKey::generate(algorithm, |buffer| buffer.fill(byte)).unwrap();
        assert_eq!(key(1).kid(), key(1).kid());
        assert_ne!(key(1).kid(), key(2).kid());
    }
    let seed = SigningKey::generate(Algorithm::EdDsa, |buffer| buffer.fill(7)).unwrap().private_bytes();
    assert_eq!(*seed, [7; 32]);
}

#[test]
fn a_number_that_is_no_p256_key_is_drawn_again() {
    let mut draws = 0;
    let key = SigningKey::generate(Algorithm::Es256, |buffer| {
        draws += 1;
        buffer.fill(if draws == 1 { 0xFF } else { 7 });
    });
    assert_eq!((key.unwrap().kid(), draws), (key_for(Algorithm::Es256).kid(), 2));
    for byte in [0, 0xFF] {
        let broken = SigningKey::generate(Algorithm::Es256, |buffer| buffer.fill(byte));
        assert_eq!(broken.unwrap_err(), InvalidPrivateKey(Algorithm::Es256));
    }
}

#[test]
fn rsa_keys_differ_and_have_2048_bits() {
    let key = SigningKey::generate(Algorithm::Ps256, |_| {}).unwrap();
    assert_ne!(key.kid(), key_for(Algorithm::Ps256).kid());
    assert_eq!(key.public_key().to_spki_der().len(), 294);
}

#[test]
fn bytes_of_another_kind_are_refused() {
    for kept in Algorithm::ALL {
        let bytes = key_for(kept).private_bytes();
        for read in Algorithm::ALL {
            let is_rsa = |algorithm| matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256);
            let fits = kept == read || (is_rsa(kept) && is_rsa(read));
            assert_eq!(SigningKey::from_private_bytes(read, &bytes).is_ok(), fits, "{kept} as {read}");
        }
        for wrong in [&[][..], &bytes[1..], &bytes[..bytes.len() - 1]] {
            assert_eq!(SigningKey::from_private_bytes(kept, wrong).unwrap_err(), InvalidPrivateKey(kept), "{kept}");
        }
    }
}

// F-19
#[test]
fn keys_print_their_kid_only() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
        assert_eq!(format!("{:?}", key.public_key()), format!("PublicKey({})", key.kid()));
    }
}
