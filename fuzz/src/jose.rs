//! What jose reads before anything is proven.

use std::collections::BTreeSet;

use latchkey_jose::{
    Algorithm, Assertion, AssertionKind, CompactJws, DpopProof, DpopRequest, JwkSet, MAX_JWK_SET_KEYS, PRIVATE_MEMBERS,
    TypeRule,
};
use latchkey_types::Timestamp;
use serde_json::Value;

use crate::signed::{ISSUER, KEY, NOW};

/// A JWS that nobody signed: three parts that are written in one way alone, and proof of nothing.
pub fn compact_jws(bytes: &[u8]) {
    let request = DpopRequest { method: "POST", url: ISSUER, access_token: None, now: NOW };
    let _ = DpopProof::parse_and_verify([bytes], &request);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(jws) = CompactJws::parse(text) else { return };
    assert_eq!(text.split('.').count(), 3);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    let key = KEY.public_key();
    let any_type = TypeRule::AbsentOr(&["JWT", "at+jwt"]);
    assert!(jws.verify_with(&key, &Algorithm::ALL, any_type).is_err(), "a forged signature");
    assert!(Assertion::verify(&jws, &key, AssertionKind::Grant, ISSUER, Timestamp::from_seconds(0)).is_err());
    let _ = jws.unproven_claim("sub");
    let set = JwkSet::new([key]);
    assert!(jws.candidates_in(&set).len() <= 1);
}

/// A JWK Set, of a stranger's server or typed in: no private member, no name twice, and it reads back.
pub fn jwk_set(bytes: &[u8]) {
    if let Ok(set) = JwkSet::parse(bytes) {
        check(&set);
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok(registered) = JwkSet::from_registration(&value) else { return };
    check(&registered);
    assert_eq!(JwkSet::parse(value.to_string().as_bytes()), Ok(registered), "both ways read the same");
}

fn check(set: &JwkSet) {
    assert!(set.keys().len() <= MAX_JWK_SET_KEYS);
    let kids: BTreeSet<&str> = set.keys().iter().map(latchkey_jose::Jwk::kid).collect();
    assert_eq!(kids.len(), set.keys().len());
    let published = set.to_json();
    let members: Value = serde_json::from_str(&published).expect("it is JSON");
    for jwk in members["keys"].as_array().expect("an array") {
        assert!(PRIVATE_MEMBERS.iter().all(|name| jwk.get(name).is_none()));
    }
    assert_eq!(JwkSet::parse(published.as_bytes()).as_ref(), Ok(set));
}
