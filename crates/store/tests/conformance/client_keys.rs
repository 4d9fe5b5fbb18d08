use futures::future::join_all;
use latchkey_core::apps::{App, AppChange, AuthMethod, ClientKey, MAX_CLIENT_KEYS, SecretUse};
use latchkey_core::ports::{LastUse, StoreError, UsageBatch};
use latchkey_types::{AppSecretId, OrgId};

use crate::fixture::{Fixture, NOW, app, app_secret, id};

fn key(name: &str, seconds: i64) -> ClientKey {
    ClientKey {
        id: id(name),
        kid: format!("kid of {name}"),
        jwk: format!(r#"{{"kty":"OKP","kid":"{name}"}}"#),
        created_at: NOW.plus_seconds(seconds),
        expires_at: (seconds > 5).then(|| NOW.plus_seconds(100)),
        last_used_at: None,
    }
}

async fn stored(fixture: &Fixture, change: impl FnOnce(&mut App)) -> (OrgId, App) {
    let (acme, orders) = fixture.acme().await;
    let mut one = app("app", &acme, &[(&orders, "read")]);
    change(&mut one);
    fixture.insert_app(&one).await;
    (acme, one)
}

async fn use_it(fixture: &Fixture, id: &str, sequence: i64) {
    let last = LastUse { id: id.to_owned(), generation: 0, at: NOW };
    let batch =
        UsageBatch { source: "s".to_owned(), sequence, rows: Vec::new(), last_uses: vec![last], networks: Vec::new() };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
}

pub async fn keys_live_and_end(fixture: &Fixture) {
    let (acme, one) = stored(fixture, |_| {}).await;
    let (store, holder) = (&fixture.store, one.id.as_str());
    let add = async |key: &ClientKey| store.insert_client_key(&acme, holder, key, &fixture.audit("key.create")).await;
    let (first, second) = (key("first", 0), key("second", 6));
    let before = store.revision().await.unwrap();
    assert!(add(&first).await.unwrap());
    assert!(add(&second).await.unwrap());
    let changes = store.changes_after(before, 10).await.unwrap();
    assert!(changes.len() == 2 && changes.iter().all(|change| change.subject == holder));
    let twin = ClientKey { id: id("twin"), ..first.clone() };
    assert!(matches!(add(&twin).await, Err(StoreError::Taken("kid"))));
    use_it(fixture, first.id.as_str(), 1).await;
    let first = ClientKey { last_used_at: Some(NOW), ..first };
    assert_eq!(store.list_client_keys(&acme, holder).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(store.find_verifiable_app(&one.id).await.unwrap().unwrap().keys, [second.clone(), first.clone()]);

    let other = id("other");
    assert!(matches!(store.list_client_keys(&other, holder).await, Err(StoreError::NotFound)));
    let foreign = store.insert_client_key(&other, holder, &key("third", 0), &fixture.audit("key.create")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    let delete = async |org: &OrgId, key: &ClientKey| {
        store.delete_client_key(org, holder, &key.id, &fixture.audit("key.delete")).await
    };
    assert!(matches!(delete(&other, &first).await, Err(StoreError::NotFound)));
    delete(&acme, &first).await.unwrap();
    assert!(matches!(delete(&acme, &first).await, Err(StoreError::NotFound)));
    assert_eq!((fixture.audited("key.create").await, fixture.audited("key.delete").await), (2, 1));
    store.revoke_app(&acme, &one.id, NOW, None, &fixture.audit("app.revoke")).await.unwrap();
    assert!(matches!(add(&key("late", 0)).await, Err(StoreError::Stale)));
}

pub async fn parallel_keys_stay_ten(fixture: &Fixture) {
    let (acme, one) = stored(fixture, |_| {}).await;
    let adds = (0..20).map(|number| {
        let (store, org, holder) = (fixture.store.clone(), acme.clone(), one.id.to_string());
        let (key, audit) = (key(&format!("key{number}"), 0), fixture.audit("key.create"));
        tokio::spawn(async move { store.insert_client_key(&org, &holder, &key, &audit).await.unwrap() })
    });
    let added = join_all(adds).await.into_iter().filter(|added| *added.as_ref().unwrap()).count();
    assert_eq!((added, fixture.audited("key.create").await), (MAX_CLIENT_KEYS, MAX_CLIENT_KEYS));
}

pub async fn a_change_replaces_keys(fixture: &Fixture) {
    let (acme, one) = stored(fixture, |_| {}).await;
    let change = async |keys: Vec<ClientKey>| {
        let change = AppChange { keys: Some(keys), ..AppChange::default() };
        fixture.store.update_app(&acme, &one.id, &change, &fixture.audit("app.update")).await
    };
    let (first, second, third) = (key("first", 1), key("second", 2), key("third", 3));
    change(vec![first.clone(), second.clone()]).await.unwrap();
    use_it(fixture, first.id.as_str(), 1).await;
    use_it(fixture, second.id.as_str(), 2).await;
    change(vec![second.clone(), third.clone()]).await.unwrap();
    let second = ClientKey { last_used_at: Some(NOW), ..second };
    let listed = fixture.store.list_client_keys(&acme, one.id.as_str()).await.unwrap();
    assert_eq!(listed, [third.clone(), second.clone()]);
    // of two of one name none goes in, and nothing of the change stays
    let twin = ClientKey { id: id("twin"), ..third.clone() };
    assert!(matches!(change(vec![third.clone(), twin]).await, Err(StoreError::Taken("kid"))));
    assert_eq!(fixture.store.list_client_keys(&acme, one.id.as_str()).await.unwrap(), [third, second]);
    change(Vec::new()).await.unwrap();
    assert!(fixture.store.list_client_keys(&acme, one.id.as_str()).await.unwrap().is_empty());
    assert_eq!(fixture.audited("app.update").await, 3);
}

fn trading(app: &mut App) {
    (app.auth_method, app.secret_use) = (AuthMethod::PrivateKeyJwt, SecretUse::Bootstrap);
}

pub async fn a_secret_is_traded_once(fixture: &Fixture) {
    let (acme, one) = stored(fixture, trading).await;
    let secret: AppSecretId = id(one.id.random_part());
    let other = app_secret("other");
    assert!(fixture.store.insert_app_secret(&acme, &one.id, &other, &fixture.audit("secret.create")).await.unwrap());
    // F-17
    let trades = (0..20).map(|number| {
        let (store, org, app) = (fixture.store.clone(), acme.clone(), one.id.clone());
        let (secret, key) = (secret.clone(), key(&format!("key{number}"), 0));
        let audit = fixture.audit("app.bootstrap");
        tokio::spawn(async move { store.bootstrap_app(&org, &app, &secret, &key, &audit).await.unwrap() })
    });
    let traded = join_all(trades).await.into_iter().filter(|traded| *traded.as_ref().unwrap()).count();
    assert_eq!((traded, fixture.audited("app.bootstrap").await), (1, 1));
    let row = fixture.store.find_verifiable_app(&one.id).await.unwrap().unwrap();
    assert_eq!((row.keys.len(), row.secrets.len()), (1, 0));
}

pub async fn only_an_app_that_trades_secrets_does(fixture: &Fixture) {
    let (acme, one) = stored(fixture, |_| {}).await;
    let secret: AppSecretId = id(one.id.random_part());
    let trade = async |secret: &AppSecretId, name: &str| {
        fixture.store.bootstrap_app(&acme, &one.id, secret, &key(name, 0), &fixture.audit("app.bootstrap")).await
    };
    assert!(!trade(&secret, "a").await.unwrap());
    let change = AppChange {
        auth_method: Some(AuthMethod::PrivateKeyJwt),
        secret_use: Some(SecretUse::Bootstrap),
        keys: Some(vec![key("b", 0)]),
        ..AppChange::default()
    };
    fixture.store.update_app(&acme, &one.id, &change, &fixture.audit("app.update")).await.unwrap();
    assert!(!trade(&id("another"), "a").await.unwrap());
    let taken = fixture
        .store
        .bootstrap_app(&acme, &one.id, &secret, &ClientKey { id: id("c"), ..key("b", 0) }, &fixture.audit("x"))
        .await;
    assert!(matches!(taken, Err(StoreError::Taken("kid"))));
    fixture.store.set_app_disabled(&acme, &one.id, Some(NOW), &fixture.audit("app.disable")).await.unwrap();
    assert!(!trade(&secret, "a").await.unwrap());
    fixture.store.set_app_disabled(&acme, &one.id, None, &fixture.audit("app.enable")).await.unwrap();
    assert_eq!(fixture.audited("app.bootstrap").await, 0);
    assert!(trade(&secret, "a").await.unwrap());
}
