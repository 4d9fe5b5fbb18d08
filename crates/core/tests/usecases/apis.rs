//! APIs, verification keys and the catalogue.

use latchkey_core::apis::{self, ApiPatch, ScopeGrant, Visibility};
use latchkey_core::ports::{ApiStore, Page};
use latchkey_core::{Conflict, keys, operator};
use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{Environment, Role};

use crate::stage::{
    Portal, bad_fields, command_line, conflict_of, is_forbidden, is_not_found, management_key, new_api, new_scope, page,
};

#[tokio::test]
async fn an_api_is_made_listed_changed_and_deleted_with_one_row_each() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let core = &portal.core;
    let (api, rows) = portal
        .audited(apis::create(core, &owner, "acme", new_api("https://orders.example", Visibility::Private)))
        .await;
    let api = api.unwrap();
    assert_eq!(rows, ["api.create"]);
    assert_eq!(api.token_ttl_seconds, 300);
    assert_eq!(api.scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>(), ["admin", "read"]);
    assert_eq!(apis::get(core, &owner, "acme", &api.id).await.unwrap(), api);
    for search in [None, Some("ord"), Some("https://orders"), Some(api.id.as_str())] {
        assert_eq!(apis::list(core, &owner, "acme", search, &page()).await.unwrap().items.len(), 1, "{search:?}");
    }
    assert!(apis::list(core, &owner, "acme", Some("other"), &page()).await.unwrap().items.is_empty());

    let patch = ApiPatch {
        name: Some("Orders 2".to_owned()),
        visibility: Some(Visibility::Public),
        scopes: Some(vec![new_scope("write", ScopeGrant::SelfService)]),
        token_ttl_seconds: Some(3_600),
        ..ApiPatch::default()
    };
    let (changed, rows) = portal.audited(apis::update(core, &owner, "acme", &api.id, patch.clone())).await;
    let changed = changed.unwrap();
    assert_eq!(rows, ["api.update"]);
    assert_eq!(
        (changed.name.as_str(), changed.visibility, changed.token_ttl_seconds),
        ("Orders 2", Visibility::Public, 3_600)
    );
    let (_, rows) = portal.audited(apis::update(core, &owner, "acme", &api.id, patch)).await;
    assert!(rows.is_empty(), "what is already so is no change");

    let (_, rows) = portal.audited(apis::delete(core, &owner, "acme", &api.id)).await;
    assert_eq!(rows, ["api.delete"]);
    assert!(is_not_found(&apis::get(core, &owner, "acme", &api.id).await));
    assert!(is_not_found(&apis::delete(core, &owner, "acme", &api.id).await));
}

#[tokio::test]
async fn every_bad_member_is_named() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let mut new = new_api("orders", Visibility::Private);
    new.name = "a\0".to_owned();
    new.scopes = vec![
        new_scope("a b", ScopeGrant::SelfService),
        new_scope("x", ScopeGrant::SelfService),
        new_scope("x", ScopeGrant::Approval),
    ];
    new.token_ttl_seconds = Some(59);
    let (result, rows) = portal.audited(apis::create(&portal.core, &owner, "acme", new)).await;
    assert_eq!(bad_fields(result), ["name", "audience", "scopes/0/name", "scopes/2/name", "token_ttl_seconds"]);
    assert!(rows.is_empty());
    let patch = ApiPatch { name: Some(String::new()), token_ttl_seconds: Some(i64::MAX), ..ApiPatch::default() };
    let api = portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    assert_eq!(
        bad_fields(apis::update(&portal.core, &owner, "acme", &api.id, patch).await),
        ["name", "token_ttl_seconds"]
    );
    assert_eq!(bad_fields(apis::list(&portal.core, &owner, "acme", Some("a\0"), &page()).await), ["search"]);
}

#[tokio::test]
async fn an_audience_is_unique_in_the_installation() {
    let portal = Portal::new().await;
    let (_, acme) = portal.org("acme").await;
    let (_, shop) = portal.org("shop").await;
    let api = portal.api("acme", &acme, "https://orders.example", Visibility::Private).await;
    let again = new_api("https://orders.example", Visibility::Private);
    for (slug, caller) in [("acme", &acme), ("shop", &shop)] {
        let result = apis::create(&portal.core, caller, slug, again.clone()).await;
        assert_eq!(conflict_of(result), Conflict::AudienceTaken);
    }
    // other letters are another identifier: `aud` is compared byte for byte
    portal.api("acme", &acme, "https://Orders.example", Visibility::Private).await;
    // a deleted API's audience stays its organisation's
    apis::delete(&portal.core, &acme, "acme", &api.id).await.unwrap();
    assert_eq!(conflict_of(apis::create(&portal.core, &shop, "shop", again.clone()).await), Conflict::AudienceTaken);
    let anew = apis::create(&portal.core, &acme, "acme", again).await.unwrap();
    assert_ne!(anew.id, api.id);
}

#[tokio::test]
async fn the_portals_own_address_is_no_audience() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    for audience in ["https://portal.example", "https://portal.example/"] {
        let result = apis::create(&portal.core, &owner, "acme", new_api(audience, Visibility::Private)).await;
        assert_eq!(bad_fields(result), ["audience"]);
    }
}

#[tokio::test]
async fn an_api_with_live_credentials_stays() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let api = portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    let key = portal.key("acme", &owner, "urn:a").await;
    let (result, rows) = portal.audited(apis::delete(&portal.core, &owner, "acme", &api.id)).await;
    assert_eq!(conflict_of(result), Conflict::LiveCredentials);
    assert!(rows.is_empty());
    keys::revoke(&portal.core, &owner, "acme", &key.key.id, None).await.unwrap();
    apis::delete(&portal.core, &owner, "acme", &api.id).await.unwrap();
}

#[tokio::test]
async fn a_verification_key_is_shown_once_and_kept_as_a_hash() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    let core = &portal.core;
    let api = portal.api("acme", &owner, "urn:a", Visibility::Private).await;
    let (made, rows) =
        portal.audited(apis::create_verification_key(core, &owner, "acme", &api.id, "gateway", vec![])).await;
    let made = made.unwrap();
    assert_eq!(rows, ["verification_key.create"]);
    assert_eq!(made.key.environments, [Environment::Live]);
    let parsed = parse("lk", made.secret.expose()).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::Verify, made.key.id.random_part()));

    // F-19
    let row = portal.store.find_verification_key(&made.key.id).await.unwrap().unwrap();
    assert!(row.hash.expose_phc().starts_with("$argon2id$"));
    let secret = &made.secret.expose()["lk_verify_".len() + 17..];
    assert!(!row.hash.expose_phc().contains(secret));
    assert!(!format!("{:?} {made:?}", portal.audit(Some(&id)).await).contains(secret));

    let both = vec![Environment::Test, Environment::Live, Environment::Test];
    let second = apis::create_verification_key(core, &owner, "acme", &api.id, "both", both).await.unwrap();
    assert_eq!(second.key.environments, [Environment::Live, Environment::Test]);
    assert_eq!(apis::list_verification_keys(core, &owner, "acme", &api.id).await.unwrap().len(), 2);
    let bad = apis::create_verification_key(core, &owner, "acme", &api.id, "a\nb", vec![]).await;
    assert_eq!(bad_fields(bad), ["name"]);

    let (_, rows) = portal.audited(apis::delete_verification_key(core, &owner, "acme", &api.id, &made.key.id)).await;
    assert_eq!(rows, ["verification_key.delete"]);
    assert!(is_not_found(&apis::delete_verification_key(core, &owner, "acme", &api.id, &made.key.id).await));
}

#[tokio::test]
async fn the_catalogue_shows_public_apis_to_everybody() {
    let portal = Portal::new().await;
    let (acme, owner) = portal.org("acme").await;
    let (shop, stranger) = portal.org("shop").await;
    portal.api("acme", &owner, "urn:private", Visibility::Private).await;
    let public = portal.api("acme", &owner, "urn:public", Visibility::Public).await;
    for caller in [&stranger, &owner, &management_key(Some(&shop), Role::Viewer), &command_line()] {
        let listed = apis::catalogue(&portal.core, caller, None, &page()).await.unwrap().items;
        assert_eq!(listed.iter().map(|(api, org)| (&api.id, &org.id)).collect::<Vec<_>>(), [(&public.id, &acme)]);
    }
    let none = apis::catalogue(&portal.core, &stranger, Some("zzz"), &Page { limit: 1, cursor: None }).await.unwrap();
    assert!(none.items.is_empty());
    operator::set_suspended(&portal.core, &command_line(), "acme", true).await.unwrap();
    assert!(apis::catalogue(&portal.core, &stranger, None, &page()).await.unwrap().items.is_empty());
    let refused = apis::create_verification_key(&portal.core, &owner, "acme", &public.id, "gateway", vec![]).await;
    assert!(is_forbidden(&refused), "a suspended organisation gets no new secrets");
}
