//! Keys that are changed, switched off and revoked.

use latchkey_core::Error;
use latchkey_core::keys::{self, CreatedKey, KeyPatch};
use latchkey_types::{CredentialStatus, Role};
use serde_json::json;

use super::{api_key, created};
use crate::setup::{START, World, conflict, refused_fields};

#[tokio::test]
async fn what_is_revoked_stays_revoked() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let reason = Some("leaked".to_owned());
    let revoked = keys::revoke(core, &caller, "acme", &key.id, reason).await.unwrap();
    assert_eq!((revoked.status(START), revoked.revoke_reason.as_deref()), (CredentialStatus::Revoked, Some("leaked")));
    // again is fine, and changes nothing
    let again = keys::revoke(core, &caller, "acme", &key.id, Some("other".to_owned())).await.unwrap();
    assert_eq!(again.revoke_reason.as_deref(), Some("leaked"));
    for result in [
        keys::enable(core, &caller, "acme", &key.id).await,
        keys::disable(core, &caller, "acme", &key.id).await,
        keys::update(core, &caller, "acme", &key.id, KeyPatch { name: Some("x".to_owned()), ..KeyPatch::default() })
            .await,
        keys::rotate(core, &caller, "acme", &key.id, 0).await.map(|made| made.key),
    ] {
        assert_eq!(conflict(result), "already-revoked");
    }
    assert_eq!(world.actions_on(&world.acme, key.id.as_str()).await, ["key.create", "key.revoke"]);
}

#[tokio::test]
async fn a_key_goes_off_and_on() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    for _ in 0..2 {
        let off = keys::disable(core, &caller, "acme", &key.id).await.unwrap();
        assert_eq!(off.status(START), CredentialStatus::Disabled);
    }
    let on = keys::enable(core, &caller, "acme", &key.id).await.unwrap();
    assert_eq!(on.status(START), CredentialStatus::Active);
    assert_eq!(world.actions_on(&world.acme, key.id.as_str()).await, ["key.create", "key.disable", "key.enable"]);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    assert_eq!(keys::update(core, &caller, "acme", &key.id, KeyPatch::default()).await.unwrap(), key);
    let patch = KeyPatch {
        name: Some(" till ".to_owned()),
        scopes: Some(vec!["write".to_owned()]),
        owner: Some(Some("customer_1".to_owned())),
        labels: json!({"note": "canary-in-labels"}).as_object().cloned(),
        ..KeyPatch::default()
    };
    let changed = keys::update(core, &caller, "acme", &key.id, patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.scopes.to_string().as_str()), ("till", "write"));
    assert_eq!((changed.owner.as_deref(), changed.metadata == key.metadata), (Some("customer_1"), true));
    let cleared = KeyPatch { owner: Some(None), ..KeyPatch::default() };
    assert_eq!(keys::update(core, &caller, "acme", &key.id, cleared).await.unwrap().owner, None);
    let unknown = KeyPatch { scopes: Some(vec!["delete".to_owned()]), ..KeyPatch::default() };
    assert_eq!(refused_fields(keys::update(core, &caller, "acme", &key.id, unknown).await), ["scopes/0"]);

    let rows = world.audit_rows(Some(&world.acme.id), key.id.as_str()).await;
    assert_eq!(rows.len(), 3);
    let names = json!(["name", "scopes", "owner", "labels"]);
    assert!(rows.iter().any(|row| row.detail.get("changed") == Some(&names)));
    assert!(!world.audit_text().await.contains("canary-in-labels"));
}

#[tokio::test]
async fn a_suspended_organisation_ends_keys_and_makes_none() {
    let world = World::new().await;
    let CreatedKey { key, .. } = created(&world).await;
    world.suspend(&world.acme).await;
    let (core, caller) = (&world.core, world.acme(Role::Owner));
    let new = api_key("https://orders.example", &[]);
    assert!(matches!(keys::create(core, &caller, "acme", new).await, Err(Error::Forbidden(_))));
    assert!(matches!(keys::rotate(core, &caller, "acme", &key.id, 0).await, Err(Error::Forbidden(_))));
    assert!(keys::disable(core, &caller, "acme", &key.id).await.is_ok());
    assert!(keys::revoke(core, &caller, "acme", &key.id, None).await.is_ok());
}
