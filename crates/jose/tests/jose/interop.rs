//! The crate held against jsonwebtoken, another implementation on another cryptographic library.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use latchkey_jose::{AccessToken, JwkSet};

use crate::{AUDIENCE, ISSUER, access_token, signing_key, verify};

/// PKCS #8 around an Ed25519 seed (RFC 8410 section 7).
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20];

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation
}

#[test]
fn jsonwebtoken_verifies_what_we_sign_with_the_published_set() {
    let token = access_token().sign(&signing_key()).unwrap();
    let published = JwkSet::new([signing_key().public_key()]).to_json();
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&published).unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("at+jwt")));
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let read = jsonwebtoken::decode::<AccessToken>(&token, &key, &validation()).unwrap();
    assert_eq!(read.claims, access_token());
}

#[test]
fn we_verify_what_jsonwebtoken_signs() {
    let key = EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], &[7; 32]].concat());
    let header = Header { typ: Some("at+jwt".into()), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, &access_token(), &key).unwrap();
    assert_eq!(verify(&token, &signing_key().public_key()), Ok(access_token()));
}
