use latchkey_core::oauth::OpaqueToken;
use serde_json::json;

use crate::fixture::{Fixture, NOW, id};

fn token(name: &str, seconds: i64) -> OpaqueToken {
    let exp = NOW.plus_seconds(seconds).as_millis() / 1000;
    let claims = json!({
        "iss": "https://portal.example", "sub": "app_0000000000000001", "aud": "https://orders.example", "exp": exp,
        "iat": exp - 300, "nbf": exp - 300, "jti": format!("at_{name:0>16}"), "client_id": "app_0000000000000001",
        "scope": "read write", "org": "org_000000000000acme", "principal": "service", "cred": "client_credentials",
        "act": { "sub": "app_0000000000000002" }, "cnf": { "jkt": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
    });
    OpaqueToken { id: id(name), mac: [4; 32], claims: serde_json::from_value(claims).unwrap() }
}

/// An opaque token of five minutes.
pub fn opaque_token(name: &str) -> OpaqueToken {
    token(name, 300)
}

pub async fn an_opaque_token_reads_back(fixture: &Fixture) {
    let (store, one) = (&fixture.store, token("one", 300));
    store.insert_access_token(&one).await.unwrap();
    assert_eq!(store.find_access_token(&one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.find_access_token(&id("other")).await.unwrap(), None);
    assert!(store.insert_access_token(&one).await.is_err(), "an id is used once");
}

// G5: caches learn it by the change log
pub async fn a_revocation_is_a_change_once(fixture: &Fixture) {
    let store = &fixture.store;
    let before = store.revision().await.unwrap();
    assert!(!store.is_token_revoked("jti").await.unwrap());
    for _ in 0..2 {
        store.revoke_token("jti", NOW.plus_seconds(300), &fixture.audit("token.revoke")).await.unwrap();
    }
    assert!(store.is_token_revoked("jti").await.unwrap());
    assert!(!store.is_token_revoked("other").await.unwrap());
    let changes = store.changes_after(before, 10).await.unwrap();
    let subjects: Vec<&str> = changes.iter().map(|change| change.subject.as_str()).collect();
    assert_eq!((subjects.as_slice(), fixture.audited("token.revoke").await), (&["jti"][..], 1));
}

pub async fn expired_tokens_go(fixture: &Fixture) {
    let store = &fixture.store;
    let (early, late) = (token("early", 60), token("late", 90));
    for token in [&early, &late] {
        store.insert_access_token(token).await.unwrap();
        let audit = fixture.audit("token.revoke");
        store.revoke_token(&token.claims.jti, token.claims.exp, &audit).await.unwrap();
    }
    assert_eq!(store.delete_expired_tokens(NOW.plus_seconds(59)).await.unwrap(), 0);
    assert_eq!(store.delete_expired_tokens(NOW.plus_seconds(60)).await.unwrap(), 2);
    assert_eq!(store.find_access_token(&early.id).await.unwrap(), None);
    assert!(!store.is_token_revoked(&early.claims.jti).await.unwrap());
    assert!(store.find_access_token(&late.id).await.unwrap().is_some());
    assert!(store.is_token_revoked(&late.claims.jti).await.unwrap());
}
