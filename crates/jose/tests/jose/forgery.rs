//! Tokens that somebody without the private key could make.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, Verifier, VerifyingKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use latchkey_jose::{AccessToken, CompactJws, Malformed, VerifyError};
use serde_json::{Value, json};

use crate::{access_token, base64url, signing_key, verify};

fn token() -> String {
    access_token().sign(&signing_key()).unwrap()
}

/// A token with any header and payload, truly signed by our key.
fn signed(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", base64url(header), base64url(payload));
    let signature = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).sign(input.as_bytes());
    format!("{input}.{}", base64url(signature.to_bytes()))
}

fn refusal(token: &str) -> VerifyError {
    verify(token, &signing_key().public_key()).expect_err(token)
}

fn claims() -> String {
    serde_json::to_string(&access_token()).unwrap()
}

// D1, D10
#[test]
fn the_key_decides_the_algorithm() {
    for alg in ["EdDSA", "Ed25519"] {
        let header = json!({ "alg": alg, "typ": "at+jwt" }).to_string();
        assert_eq!(verify(&signed(&header, &claims()), &signing_key().public_key()), Ok(access_token()), "{alg}");
    }
    for alg in ["none", "NONE", "noNE", "", "eddsa", "EDDSA", "ed25519", "Ed448", "HS256", "RS256", "ES256", "EdDSA "] {
        let header = json!({ "alg": alg, "typ": "at+jwt" }).to_string();
        let token = signed(&header, &claims());
        assert_eq!(refusal(&token), VerifyError::WrongAlgorithm, "{alg}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(refusal(&unsigned), VerifyError::WrongAlgorithm, "{alg}, unsigned");
    }
}

// D1
#[test]
fn the_public_key_is_no_hmac_secret() {
    let public = signing_key().public_key();
    for secret in [public.as_ed25519().unwrap().to_vec(), base64url(public.as_ed25519().unwrap()).into_bytes()] {
        let header = Header { typ: Some("at+jwt".into()), ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &access_token(), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(refusal(&token), VerifyError::WrongAlgorithm);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let (_, payload) = input.split_once('.').unwrap();
        let renamed = format!("{}.{payload}.{signature}", base64url(r#"{"alg":"EdDSA","typ":"at+jwt"}"#));
        assert_eq!(refusal(&renamed), VerifyError::BadSignature);
    }
}

// D3, D9
#[test]
fn even_a_good_signature_does_not_excuse_the_header() {
    for (member, error) in [
        (r#""jwk":{"kty":"OKP"}"#, VerifyError::BringsAKey),
        (r#""jku":"https://evil.example""#, VerifyError::BringsAKey),
        (r#""x5c":[]"#, VerifyError::BringsAKey),
        (r#""x5u":"https://evil.example""#, VerifyError::BringsAKey),
        (r#""crit":["exp"]"#, Malformed::Unsupported("crit").into()),
        (r#""b64":false"#, Malformed::Unsupported("b64").into()),
        (r#""zip":"DEF""#, Malformed::Unsupported("zip").into()),
        (r#""alg":"EdDSA""#, Malformed::NotJson.into()),
    ] {
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt",{member}}}"#);
        assert_eq!(refusal(&signed(&header, &claims())), error, "{member}");
    }
}

// D8
#[test]
fn claims_are_one_object_with_unique_names() {
    let header = r#"{"alg":"EdDSA","typ":"at+jwt"}"#;
    let twice = claims().replacen('{', r#"{"sub":"key_other","#, 1);
    for payload in
        [twice, String::new(), "[]".into(), "null".into(), claims() + "{}", "\u{FEFF}".to_owned() + &claims()]
    {
        assert_eq!(refusal(&signed(header, &payload)), Malformed::NotJson.into(), "{payload}");
    }
}

// ZITADEL CVE-2026-27840: a part of a token is not a token
#[test]
fn no_prefix_suffix_or_change_of_a_token_holds() {
    let token = token();
    let key = signing_key().public_key();
    assert!(verify(&token, &key).is_ok());
    for end in 0..token.len() {
        assert!(verify(&token[..end], &key).is_err(), "prefix of {end}");
    }
    for suffix in ["A", "AA", "AAA", "AAAA", ".", "=", "==", " ", "\n", "\0"] {
        assert!(verify(&format!("{token}{suffix}"), &key).is_err(), "{suffix:?}");
        assert!(verify(&format!("{suffix}{token}"), &key).is_err(), "{suffix:?}");
    }
    for position in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        let flipped_case = if bytes[position].is_ascii_alphabetic() { bytes[position] ^ 0x20 } else { b'A' };
        let next = if bytes[position] == b'B' { b'C' } else { b'B' };
        for changed in [flipped_case, next, b'.', b'-'] {
            if changed != token.as_bytes()[position] {
                bytes[position] = changed;
                assert!(verify(std::str::from_utf8(&bytes).unwrap(), &key).is_err(), "{position}");
            }
        }
    }
}

// N5
#[test]
fn no_bit_of_the_signature_may_change() {
    let token = token();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for bit in 0..512 {
        let mut changed = signature.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refusal(&format!("{input}.{}", base64url(&changed))), VerifyError::BadSignature, "bit {bit}");
    }
    for changed in [vec![], vec![0; 64], vec![0xFF; 64], signature[..63].to_vec(), [&signature[..], &[0]].concat()] {
        assert_eq!(refusal(&format!("{input}.{}", base64url(&changed))), VerifyError::BadSignature);
    }
}

// N5
#[test]
fn s_beyond_the_group_order_is_refused() {
    let order: [u8; 32] = [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let token = token();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut carry = 0;
    for (byte, addend) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(refusal(&format!("{input}.{}", base64url(signature))), VerifyError::BadSignature);
}

// N5: a signature whose R is the neutral point holds for verifiers that aren't strict
#[test]
fn r_of_small_order_is_refused() {
    let header = r#"{"alg":"EdDSA","typ":"at+jwt"}"#;
    let input = format!("{}.{}", base64url(header), base64url("{}"));
    let mut signature = [0; 64];
    signature[0] = 1;
    signature[32..].copy_from_slice(&SMALL_ORDER_S);
    let public = VerifyingKey::from_bytes(signing_key().public_key().as_ed25519().unwrap()).unwrap();
    assert!(public.verify(input.as_bytes(), &Signature::from_bytes(&signature)).is_ok(), "else this tests nothing");
    let token = format!("{input}.{}", base64url(signature));
    assert_eq!(refusal(&token), VerifyError::BadSignature);
}

/// SHA-512(R, A, M) times the private scalar, modulo the group order, for the key and input above.
const SMALL_ORDER_S: [u8; 32] = [
    4, 0x1B, 0xC5, 0x9A, 0xF0, 0x45, 0xCC, 0xCA, 2, 0x5E, 0x80, 0xBD, 0x48, 0x0A, 0x6A, 0x58, 4, 0xA2, 0x82, 0x59,
    0x4F, 0x5C, 0x63, 0x28, 0x4E, 0xBC, 0x27, 0x1D, 0xE9, 0xE8, 0x31, 0x0F,
];

#[test]
fn claims_of_a_token_that_does_not_hold_are_never_read() {
    let not_json = signed(r#"{"alg":"EdDSA","typ":"at+jwt"}"#, "not JSON");
    let (input, _) = not_json.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", base64url([0; 64]));
    let jws = CompactJws::parse(&forged).unwrap();
    assert_eq!(AccessToken::verify(&jws, &signing_key().public_key()), Err(VerifyError::BadSignature));
    let claims: Value = serde_json::from_str(&claims()).unwrap();
    let holds = signed(r#"{"alg":"EdDSA","typ":"at+jwt"}"#, &claims.to_string());
    assert!(CompactJws::parse(&holds).unwrap().verify(&signing_key().public_key(), "at+jwt").is_ok());
}
