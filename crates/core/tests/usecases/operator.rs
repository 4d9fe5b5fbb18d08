//! The operator desk.

use latchkey_core::apis::Visibility;
use latchkey_core::{apis, keys, management_keys, operator, orgs};
use latchkey_types::{KeyId, Role};

use crate::stage::{
    Portal, START, as_operator, bad_fields, command_line, is_forbidden, is_not_found, management_key, page,
};

#[tokio::test]
async fn the_desk_is_not_there_for_others() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    let key = portal.key("acme", &owner, "urn:a").await.key.id;
    let core = &portal.core;
    for caller in [&owner, &management_key(Some(&id), Role::Owner)] {
        assert!(is_not_found(&operator::credentials(core, caller, "", &page()).await));
        assert!(is_not_found(&operator::orgs(core, caller, None, &page()).await));
        assert!(is_not_found(&operator::set_suspended(core, caller, "acme", true).await));
        assert!(is_not_found(&operator::revoke_credential(core, caller, key.as_str(), None).await));
        assert!(is_not_found(&operator::revoke_since(core, caller, START).await));
    }
    let viewer = management_key(None, Role::Viewer);
    operator::credentials(core, &viewer, "", &page()).await.unwrap();
    assert!(is_forbidden(&operator::set_suspended(core, &viewer, "acme", true).await));
    assert!(is_forbidden(&operator::revoke_credential(core, &viewer, key.as_str(), None).await));
    assert!(is_forbidden(&operator::revoke_since(core, &management_key(None, Role::Admin), START).await));
    assert!(keys::get(core, &owner, "acme", &key).await.unwrap().revoked_at.is_none());
}

#[tokio::test]
async fn any_credential_is_found_and_revoked() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    let key = portal.key("acme", &owner, "urn:a").await.key.id;
    let operator = as_operator(&portal.person("olga").await);
    let core = &portal.core;
    for search in ["", key.as_str(), &key.as_str()[..8], "CHECK", "acme"] {
        let found = operator::credentials(core, &operator, search, &page()).await.unwrap().items;
        assert_eq!(found.len(), 1, "{search:?}");
        assert_eq!((found[0].id.as_str(), found[0].org_slug.as_str()), (key.as_str(), "acme"));
    }
    assert_eq!(bad_fields(operator::credentials(core, &operator, "a\0", &page()).await), ["search"]);

    let reason = Some("leaked".to_owned());
    let (revoked, rows) = portal.audited(operator::revoke_credential(core, &operator, key.as_str(), reason)).await;
    assert!(revoked.unwrap().revoked_at.is_some());
    assert_eq!(rows, ["key.revoke"]);
    assert!(portal.audit(Some(&id)).await.iter().any(|row| row.action == "key.revoke"), "in its organisation's log");
    assert_eq!(keys::get(core, &owner, "acme", &key).await.unwrap().revoke_reason.as_deref(), Some("leaked"));
    let (again, rows) = portal.audited(operator::revoke_credential(core, &operator, key.as_str(), None)).await;
    assert!(again.is_ok() && rows.is_empty());
    for id in ["", "key_", "key_0000000000000000", "app_0000000000000000", "org_0000000000000000", "a\0"] {
        assert!(is_not_found(&operator::revoke_credential(core, &operator, id, None).await), "{id:?}");
    }
    let long = operator::revoke_credential(core, &operator, key.as_str(), Some("x".repeat(501))).await;
    assert_eq!(bad_fields(long), ["reason"]);
}

#[tokio::test]
async fn an_organisation_is_suspended_and_let_go_on() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    let operator = as_operator(&portal.person("olga").await);
    let suspend = async |suspended| operator::set_suspended(&portal.core, &operator, "acme", suspended).await;
    let (org, rows) = portal.audited(suspend(true)).await;
    assert_eq!((org.unwrap().suspended_at, rows), (Some(START), vec!["org.suspend".to_owned()]));
    assert_eq!(orgs::get(&portal.core, &owner, "acme").await.unwrap().org.suspended_at, Some(START));
    let (_, rows) = portal.audited(suspend(true)).await;
    assert!(rows.is_empty());
    let (org, rows) = portal.audited(suspend(false)).await;
    assert_eq!((org.unwrap().suspended_at, rows), (None, vec!["org.unsuspend".to_owned()]));
    assert_eq!(portal.audit(Some(&id)).await.iter().filter(|row| row.target_type == "org").count(), 3);
    assert!(is_not_found(&operator::set_suspended(&portal.core, &operator, "nowhere", true).await));
    let found = operator::orgs(&portal.core, &operator, Some("ac"), &page()).await.unwrap().items;
    assert_eq!(found.len(), 1);
}

// F-34
#[tokio::test]
async fn what_was_made_or_changed_since_a_backup_is_revoked() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    let core = &portal.core;
    let old = portal.key("acme", &owner, "urn:a").await.key.id;
    let changed = portal.key("acme", &owner, "urn:a").await.key.id;
    let ended = portal.key("acme", &owner, "urn:a").await.key.id;
    portal.clock.advance(60);
    let since = START.plus_seconds(60);
    keys::disable(core, &owner, "acme", &changed).await.unwrap();
    keys::revoke(core, &owner, "acme", &ended, None).await.unwrap();
    let mut new: Vec<KeyId> = Vec::new();
    for _ in 0..3 {
        new.push(portal.key("acme", &owner, "urn:a").await.key.id);
    }
    let (revoked, rows) = portal.audited(operator::revoke_since(core, &command_line(), since)).await;
    assert_eq!(revoked.unwrap(), 4);
    assert_eq!(rows, ["key.revoke"; 4]);
    assert!(keys::get(core, &owner, "acme", &old).await.unwrap().revoked_at.is_none());
    for id in new.iter().chain([&changed]) {
        assert!(keys::get(core, &owner, "acme", id).await.unwrap().revoked_at.is_some());
    }
    assert_eq!(operator::revoke_since(core, &command_line(), since).await.unwrap(), 0);
}

// F-34: nor do keys come back that ask about credentials, or drive the management API
#[tokio::test]
async fn keys_that_were_made_since_a_backup_are_ended_too() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let api = portal.api("acme", &owner, "urn:a", Visibility::Private).await.id;
    let core = &portal.core;
    let make = async || {
        let verification = apis::create_verification_key(core, &owner, "acme", &api, "asks", Vec::new()).await.unwrap();
        let new = management_keys::NewKey { name: "drives".to_owned(), role: Role::Viewer, expires_at: None };
        let management = management_keys::create(core, &owner, Some("acme"), new).await.unwrap();
        (verification.key.id, management.key.id)
    };
    let old = make().await;
    portal.clock.advance(60);
    let new = make().await;
    let since = START.plus_seconds(60);
    let touched = operator::touched_since(core, &command_line(), since).await.unwrap();
    assert_eq!(touched.into_iter().collect::<Vec<_>>(), [new.1.to_string(), new.0.to_string()]);
    assert_eq!(operator::revoke_since(core, &command_line(), since).await.unwrap(), 2);

    let verification = apis::list_verification_keys(core, &owner, "acme", &api).await.unwrap();
    assert_eq!(verification.into_iter().map(|key| key.id).collect::<Vec<_>>(), [old.0]);
    let management = management_keys::list(core, &owner, Some("acme")).await.unwrap();
    let live = management.into_iter().filter(|key| key.revoked_at.is_none());
    assert_eq!(live.map(|key| key.id).collect::<Vec<_>>(), [old.1]);
    assert_eq!(operator::revoke_since(core, &command_line(), since).await.unwrap(), 0);
}
