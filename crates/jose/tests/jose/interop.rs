//! The crate held against jsonwebtoken's own reading and writing of tokens. For Ed25519 that is another cryptographic
//! library too; for the other algorithms the examples of the standards stand against ours.

use jsonwebtoken::{DecodingKey, Header, Validation};
use latchkey_jose::{AccessToken, Algorithm, JwkSet};

use crate::{AUDIENCE, ISSUER, access_token, encoding_key, key_for, other_library, verify};

fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(other_library(algorithm));
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation
}

#[test]
fn jsonwebtoken_verifies_what_we_sign_with_the_published_set() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        let token = access_token().sign(&key).unwrap();
        let published = JwkSet::new([key.public_key()]).to_json();
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&published).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (other_library(algorithm), Some("at+jwt")));
        let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
        let read = jsonwebtoken::decode::<AccessToken>(&token, &key, &validation(algorithm)).unwrap();
        assert_eq!(read.claims, access_token(), "{algorithm}");
    }
}

#[test]
fn we_verify_what_jsonwebtoken_signs() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        let header = Header { typ: Some("at+jwt".into()), ..Header::new(other_library(algorithm)) };
        let token = jsonwebtoken::encode(&header, &access_token(), &encoding_key(&key)).unwrap();
        assert_eq!(verify(&token, &key.public_key()), Ok(access_token()), "{algorithm}");
    }
}

#[test]
fn jsonwebtoken_makes_the_same_thumbprint() {
    for algorithm in Algorithm::ALL {
        let published = JwkSet::new([key_for(algorithm).public_key()]).to_json();
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&published).unwrap();
        let thumbprint = set.keys[0].thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(thumbprint, key_for(algorithm).kid(), "{algorithm}");
    }
}
