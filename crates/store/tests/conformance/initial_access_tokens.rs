use futures::future::join_all;
use latchkey_core::apps::{AppGrant, Exchange};
use latchkey_core::initial_access_tokens::{InitialAccessToken, MAX_INITIAL_ACCESS_TOKENS, StoredInitialAccessToken};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, OrgId};

use crate::fixture::{Fixture, NOW, app, app_secret, id, scopes};

fn token(name: &str, org: &OrgId, api: &ApiId, uses_left: i64) -> StoredInitialAccessToken {
    let exchange = vec![Exchange::Delegation, Exchange::Impersonation];
    let token = InitialAccessToken {
        id: id(name),
        org: org.clone(),
        name: format!("Token {name}"),
        grants: vec![AppGrant { api: api.clone(), scopes: scopes("read write"), operations: None, exchange }],
        uses_left,
        created_at: NOW,
        created_by: "usr_00000000000owner".to_owned(),
        expires_at: NOW.plus_seconds(100),
        revoked_at: None,
    };
    StoredInitialAccessToken { token, mac: [3; 32] }
}

async fn insert(fixture: &Fixture, token: &StoredInitialAccessToken) -> bool {
    fixture.store.insert_initial_access_token(token, &fixture.audit("iat.create")).await.unwrap()
}

pub async fn a_token_lives_and_ends(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let store = &fixture.store;
    let one = token("one", &acme, &orders, 3);
    let mut two = token("two", &acme, &orders, 1);
    two.token.created_at = NOW.plus_seconds(1);
    two.token.expires_at = NOW.plus_seconds(50);
    assert!(insert(fixture, &one).await && insert(fixture, &two).await);
    assert_eq!(store.find_initial_access_token(&one.token.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.find_initial_access_token(&id("three")).await.unwrap(), None);
    let list = async |seconds| store.list_initial_access_tokens(&acme, NOW.plus_seconds(seconds)).await.unwrap();
    assert_eq!(list(0).await, [two.token.clone(), one.token.clone()]);
    assert_eq!(list(50).await, [one.token.clone()]);
    assert_eq!(store.list_initial_access_tokens(&id("other"), NOW).await.unwrap(), []);

    let revoke = async |org: &OrgId| {
        let at = NOW.plus_seconds(2);
        store.revoke_initial_access_token(org, &one.token.id, at, &fixture.audit("iat.revoke")).await
    };
    assert!(matches!(revoke(&id("other")).await, Err(StoreError::NotFound)));
    revoke(&acme).await.unwrap();
    revoke(&acme).await.unwrap();
    assert_eq!((fixture.audited("iat.create").await, fixture.audited("iat.revoke").await), (2, 1));
    assert_eq!(list(0).await, [two.token.clone()]);
    let found = store.find_initial_access_token(&one.token.id).await.unwrap().unwrap();
    assert_eq!(found.token.revoked_at, Some(NOW.plus_seconds(2)));

    assert_eq!(store.delete_expired_initial_access_tokens(NOW.plus_seconds(49)).await.unwrap(), 0);
    assert_eq!(store.delete_expired_initial_access_tokens(NOW.plus_seconds(50)).await.unwrap(), 1);
    assert_eq!(store.find_initial_access_token(&two.token.id).await.unwrap(), None);
}

pub async fn no_more_than_a_hundred_hold(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    for number in 0..MAX_INITIAL_ACCESS_TOKENS {
        assert!(insert(fixture, &token(&format!("t{number}"), &acme, &orders, 1)).await);
    }
    assert!(!insert(fixture, &token("more", &acme, &orders, 1)).await);
    let first = id("t0");
    fixture.store.revoke_initial_access_token(&acme, &first, NOW, &fixture.audit("iat.revoke")).await.unwrap();
    assert!(insert(fixture, &token("more", &acme, &orders, 1)).await);
}

async fn register(fixture: &Fixture, iat: &StoredInitialAccessToken, name: &str, seconds: i64) -> bool {
    let mut one = app(name, &iat.token.org, &[(&iat.token.grants[0].api, "read")]);
    one.created_at = NOW.plus_seconds(seconds);
    let secret = app_secret(name);
    let audit = fixture.audit("app.register");
    fixture.store.register_app(&iat.token.id, &one, Some(&secret), &[], &audit).await.unwrap()
}

// F-17: of 200 at once exactly as many as there are uses
pub async fn uses_are_never_overspent(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let once = token("once", &acme, &orders, 1);
    insert(fixture, &once).await;
    let before = fixture.store.revision().await.unwrap();
    let registering = (0..200).map(|number| {
        let (store, iat) = (fixture.store.clone(), once.token.id.clone());
        let name = format!("app{number}");
        let (one, secret) = (app(&name, &acme, &[(&orders, "read")]), app_secret(&name));
        let audit = fixture.audit("app.register");
        tokio::spawn(async move { store.register_app(&iat, &one, Some(&secret), &[], &audit).await.unwrap() })
    });
    let done = join_all(registering).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    assert_eq!((done, fixture.audited("app.register").await), (1, 1));
    let found = fixture.store.find_initial_access_token(&once.token.id).await.unwrap().unwrap();
    assert_eq!(found.token.uses_left, 0);
    let page = crate::fixture::page(200);
    let apps = fixture.store.list_apps(&acme, None, None, &page).await.unwrap().items;
    assert_eq!(apps.len(), 1);
    let row = fixture.store.find_verifiable_app(&apps[0].id).await.unwrap().unwrap();
    assert_eq!((row.secrets.len(), row.app.grants.len()), (1, 1));
    let changes = fixture.store.changes_after(before, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.subject.as_str()).collect::<Vec<_>>(), [apps[0].id.as_str()]);
}

pub async fn what_does_not_hold_registers_nothing(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let store = &fixture.store;
    let many = token("many", &acme, &orders, 10);
    insert(fixture, &many).await;
    assert!(register(fixture, &many, "good", 99).await);
    assert!(!register(fixture, &many, "late", 100).await, "expired");
    let unknown = token("unknown", &acme, &orders, 10);
    assert!(!register(fixture, &unknown, "unknown", 0).await);
    // another organisation's app is none of the token's business
    let mut foreign = many.clone();
    foreign.token.org = id("other");
    assert!(!register(fixture, &foreign, "foreign", 0).await);
    store.set_org_suspended(&acme, Some(NOW), &fixture.audit("org.suspend")).await.unwrap();
    assert!(!register(fixture, &many, "suspended", 0).await);
    store.set_org_suspended(&acme, None, &fixture.audit("org.unsuspend")).await.unwrap();
    // an app that can't be inserted takes no use
    let twice = app("good", &acme, &[(&orders, "read")]);
    let audit = fixture.audit("app.register");
    assert!(store.register_app(&many.token.id, &twice, None, &[], &audit).await.is_err());
    assert_eq!(store.find_initial_access_token(&many.token.id).await.unwrap().unwrap().token.uses_left, 9);
    store.revoke_initial_access_token(&acme, &many.token.id, NOW, &fixture.audit("iat.revoke")).await.unwrap();
    assert!(!register(fixture, &many, "revoked", 0).await);
    assert_eq!(fixture.audited("app.register").await, 1);
}
