//! Keys that a client registers: each must be usable.

use latchkey_jose::{Algorithm, InvalidJwk, JwkSet, JwkSetError, MAX_JWK_SET_KEYS, RegisteredKeysError};
use serde_json::{Value, json};

use crate::key_for;

fn jwk(algorithm: Algorithm) -> Value {
    let set: Value = serde_json::from_str(&JwkSet::new([key_for(algorithm).public_key()]).to_json()).unwrap();
    set["keys"][0].clone()
}

#[test]
fn every_kind_is_taken() {
    let set = json!({ "keys": [jwk(Algorithm::EdDsa), jwk(Algorithm::Es256), jwk(Algorithm::Ps256)] });
    let keys = JwkSet::from_registration(&set).unwrap();
    let algorithms: Vec<_> = keys.keys().iter().map(|jwk| jwk.key().algorithms()).collect();
    assert_eq!(algorithms, [[Algorithm::EdDsa], [Algorithm::Es256], [Algorithm::Ps256]]);
    assert_eq!(serde_json::to_value(&keys).unwrap(), set, "and written as it was read");
}

#[test]
fn the_key_at_fault_is_named() {
    let refusal = |bad: Value| JwkSet::from_registration(&json!({ "keys": [jwk(Algorithm::EdDsa), bad] })).unwrap_err();
    let mut private = jwk(Algorithm::Rs256);
    private["d"] = "AQAB".into();
    let mut encrypts = jwk(Algorithm::Es256);
    encrypts["use"] = "enc".into();
    let mut short = jwk(Algorithm::Rs256);
    short["n"] = short["n"].as_str().unwrap()[..171].into();
    for (bad, why) in [
        (private, InvalidJwk::Private),
        (encrypts, InvalidJwk::Unsupported),
        (short, InvalidJwk::Member("n")),
        (json!({}), InvalidJwk::Member("kty")),
        (json!({ "kty": "new" }), InvalidJwk::Unsupported),
    ] {
        assert_eq!(refusal(bad.clone()), RegisteredKeysError::Key { index: 1, why }, "{bad}");
    }
    let text = RegisteredKeysError::Key { index: 1, why: InvalidJwk::Member("n") }.to_string();
    assert_eq!(text, "key 1 of the JWK Set (counted from 0): the JWK's member `n` is missing or not allowed");
}

#[test]
fn the_set_as_a_whole() {
    let refusal = |set: Value| JwkSet::from_registration(&set).unwrap_err();
    assert_eq!(refusal(json!({ "keys": [] })), RegisteredKeysError::Empty);
    let twice = json!({ "keys": [jwk(Algorithm::EdDsa), jwk(Algorithm::EdDsa)] });
    assert_eq!(refusal(twice), JwkSetError::DuplicateKid.into());
    let many = json!({ "keys": vec![jwk(Algorithm::EdDsa); MAX_JWK_SET_KEYS + 1] });
    assert_eq!(refusal(many), JwkSetError::TooLarge.into());
    for set in [json!(null), json!([]), json!("x"), json!({}), json!({ "keys": {} }), json!({ "keys": [1] })] {
        assert_eq!(refusal(set.clone()), JwkSetError::NotAJwkSet.into(), "{set}");
    }
}
