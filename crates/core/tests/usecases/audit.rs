//! Reading the audit log, and noting what was refused.

use latchkey_core::apis::Visibility;
use latchkey_core::audit::{self, AuditOutcome, AuditQuery};
use latchkey_core::ports::Page;
use latchkey_types::Role;

use crate::stage::{Portal, START, as_operator, bad_fields, id_of, is_not_found, management_key, page};

#[tokio::test]
async fn an_organisation_reads_its_own_rows_whatever_the_query_names() {
    let portal = Portal::new().await;
    let (acme, owner) = portal.org("acme").await;
    let (shop, shopkeeper) = portal.org("shop").await;
    portal.api("shop", &shopkeeper, "urn:s", Visibility::Private).await;
    let query = AuditQuery { org: Some(shop.clone()), ..AuditQuery::default() };
    let rows = audit::list(&portal.core, &owner, "acme", query, &page()).await.unwrap().items;
    assert_eq!(rows.len(), 1);
    assert!(rows.iter().all(|row| row.org.as_ref() == Some(&acme)));

    assert!(is_not_found(&audit::list_all(&portal.core, &owner, AuditQuery::default(), &page()).await));
    let operator = as_operator(&owner);
    let all = audit::list_all(&portal.core, &operator, AuditQuery::default(), &page()).await.unwrap().items;
    assert_eq!(all.len(), portal.audit(None).await.len());
    let query = AuditQuery { org: Some(shop), ..AuditQuery::default() };
    assert_eq!(audit::list_all(&portal.core, &operator, query, &page()).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn filters_and_pages() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    for number in 0..5 {
        portal.clock.advance(1);
        portal.api("acme", &owner, &format!("urn:{number}"), Visibility::Private).await;
    }
    let list = async |query, page: Page| audit::list(&portal.core, &owner, "acme", query, &page).await.unwrap();
    let of = |action: &str| AuditQuery { action: Some(action.to_owned()), ..AuditQuery::default() };
    assert_eq!(list(of("api.create"), page()).await.items.len(), 5);
    assert_eq!(list(of("api."), page()).await.items.len(), 5);
    assert_eq!(list(of("api"), page()).await.items.len(), 0);
    let actor = AuditQuery { actor: Some(id_of(&owner).to_string()), ..AuditQuery::default() };
    assert_eq!(list(actor, page()).await.items.len(), 6);
    let late =
        AuditQuery { from: Some(START.plus_seconds(4)), to: Some(START.plus_seconds(5)), ..AuditQuery::default() };
    assert_eq!(list(late, page()).await.items.len(), 1);
    let first = list(of("api."), Page { limit: 3, cursor: None }).await;
    assert_eq!(first.items.len(), 3);
    assert!(first.items[0].at > first.items[1].at, "newest first");
    let rest = list(of("api."), Page { limit: 3, cursor: first.next_cursor }).await;
    assert_eq!((rest.items.len(), rest.next_cursor), (2, None));

    let bad = AuditQuery {
        action: Some("a\0".to_owned()),
        actor: Some("\n".to_owned()),
        target: Some("x".repeat(256)),
        from: Some(START),
        to: Some(START),
        org: None,
    };
    let fields = bad_fields(audit::list(&portal.core, &owner, "acme", bad, &page()).await);
    assert_eq!(fields, ["action", "actor", "target", "to"]);
}

// F-39
#[tokio::test]
async fn a_refused_call_is_noted_where_the_caller_belongs() {
    let portal = Portal::new().await;
    let (acme, owner) = portal.org("acme").await;
    let (shop, shopkeeper) = portal.org("shop").await;
    let viewer = portal.member("acme", &owner, "viewer", Role::Viewer).await;
    let key = management_key(Some(&shop), Role::Owner);
    let core = &portal.core;
    audit::denied(core, &viewer, Some("acme"), "api.create", ("org", "acme")).await.unwrap();
    audit::denied(core, &shopkeeper, Some("acme"), "api.create", ("org", "acme")).await.unwrap();
    audit::denied(core, &key, Some("acme"), "api.create", ("org", "acme")).await.unwrap();
    audit::denied(core, &key, Some("no\0where"), "api.create", ("org", &"a\0\n".repeat(500))).await.unwrap();

    let denied = async |org| {
        let rows = portal.audit(org).await;
        rows.into_iter().filter(|row| row.outcome == AuditOutcome::Denied).collect::<Vec<_>>()
    };
    assert_eq!(denied(Some(&acme)).await.len(), 1, "a stranger can't write into another organisation's log");
    assert_eq!(denied(Some(&shop)).await.len(), 2);
    let all = denied(None).await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|row| row.target_id.len() <= 100 && !row.target_id.contains(char::is_control)));
    assert_eq!(all.iter().filter(|row| row.org.is_none()).count(), 1);
}
