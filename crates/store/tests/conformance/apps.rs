use futures::future::join_all;
use latchkey_core::apps::{
    App, AppChange, AppGrant, AuthMethod, ClientCertificate, Exchange, NewAppSecret, RepeatedRequest, SecretUse,
    TokenBinding,
};
use latchkey_core::ports::{LastUse, StoreError, UsageBatch};
use latchkey_types::{ApiId, AppSecretId, OrgId};

use crate::fixture::{Fixture, NOW, after, app, app_secret, hash, id, page, scopes};

fn grant(api: ApiId, text: &str) -> AppGrant {
    AppGrant { api, scopes: scopes(text), operations: None, exchange: vec![Exchange::Delegation] }
}

async fn stored(fixture: &Fixture) -> (OrgId, ApiId, App) {
    let (acme, orders) = fixture.acme().await;
    let one = app("app", &acme, &[(&orders, "read write")]);
    fixture.insert_app(&one).await;
    (acme, orders, one)
}

async fn use_it(fixture: &Fixture, id: &str, sequence: i64) {
    let last = LastUse { id: id.to_owned(), generation: 0, at: NOW.plus_seconds(sequence) };
    let batch =
        UsageBatch { source: "s".to_owned(), sequence, rows: Vec::new(), last_uses: vec![last], networks: Vec::new() };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
}

pub async fn an_app_reads_back(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    assert_eq!(fixture.store.find_app(&acme, &one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(fixture.store.find_app(&id("other"), &one.id).await.unwrap(), None);
    let found = fixture.store.find_verifiable_app(&one.id).await.unwrap().unwrap();
    assert_eq!(
        (found.app, found.holder.id, found.secrets[0].hash.clone()),
        (one.clone(), acme.clone(), hash(one.id.random_part()))
    );
    assert_eq!((found.apis[0].0.id.clone(), found.apis.len()), (orders, 1));
    let missing = app("two", &acme, &[(&id("none"), "read")]);
    let refused = fixture.store.insert_app(&missing, Some(&app_secret("s2")), &[], &fixture.audit("app.create")).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    assert_eq!(fixture.store.find_app(&acme, &missing.id).await.unwrap(), None);
}

pub async fn changes_replace_grants(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let (b, a) = (fixture.api("b", &acme).await, fixture.api("a", &acme).await);
    let grants = vec![grant(b, "read"), grant(a, "")];
    let change = AppChange {
        name: Some("Renamed".to_owned()),
        grants: Some(grants.clone()),
        auth_method: Some(AuthMethod::TlsClientAuth),
        keys: None,
        jwks_uri: Some(Some("https://app.example/jwks.json".to_owned())),
        certificate: Some(Some(ClientCertificate::SanDns("app.example".to_owned()))),
        token_binding: Some(TokenBinding::Certificate),
        secret_use: Some(SecretUse::Bootstrap),
        tokens_per_day: Some(Some(100)),
        repeated_request: Some(RepeatedRequest::SameToken),
        ..AppChange::default()
    };
    let changed = fixture.store.update_app(&acme, &one.id, &change, &fixture.audit("app.update")).await.unwrap();
    assert_eq!((changed.auth_method, changed.tokens_per_day), (AuthMethod::TlsClientAuth, Some(100)));
    assert_eq!(changed.grants, [grants[1].clone(), grants[0].clone()]);
    assert_eq!(fixture.store.find_app(&acme, &one.id).await.unwrap(), Some(changed.clone()));
    let found = fixture.store.find_verifiable_app(&one.id).await.unwrap().unwrap();
    assert_eq!(found.apis.iter().map(|(api, _)| &api.id).collect::<Vec<_>>(), [&grants[1].api, &grants[0].api]);
    assert_eq!(found.app, changed);
    let bad = AppChange { grants: Some(vec![grant(id("none"), "")]), ..AppChange::default() };
    let refused = fixture.store.update_app(&acme, &one.id, &bad, &fixture.audit("app.update")).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    assert_eq!(fixture.store.find_app(&acme, &one.id).await.unwrap(), Some(changed));
    fixture.store.revoke_app(&acme, &one.id, NOW, None, &fixture.audit("app.revoke")).await.unwrap();
    let stale = fixture.store.update_app(&acme, &one.id, &change, &fixture.audit("app.update")).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    assert_eq!(fixture.audited("app.update").await, 1);
}

pub async fn two_secrets_are_the_most(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let mut second = app_secret("second");
    second.secret.created_at = NOW.plus_seconds(1);
    let add = async |new: &NewAppSecret| {
        fixture.store.insert_app_secret(&acme, &one.id, new, &fixture.audit("secret.create")).await
    };
    assert!(add(&second).await.unwrap());
    assert!(!add(&app_secret("third")).await.unwrap());
    use_it(fixture, second.secret.id.as_str(), 1).await;
    let listed = fixture.store.list_app_secrets(&acme, &one.id).await.unwrap();
    assert_eq!(listed.iter().map(|one| &one.id).collect::<Vec<_>>(), [&second.secret.id, &id(one.id.random_part())]);
    assert_eq!(listed[0].last_used_at, Some(NOW.plus_seconds(1)));
    let delete = async |org: &OrgId, secret: &AppSecretId| {
        fixture.store.delete_app_secret(org, &one.id, secret, &fixture.audit("secret.delete")).await
    };
    assert!(matches!(delete(&id("other"), &second.secret.id).await, Err(StoreError::NotFound)));
    assert!(matches!(delete(&acme, &id("third")).await, Err(StoreError::NotFound)));
    delete(&acme, &second.secret.id).await.unwrap();
    assert!(add(&app_secret("third")).await.unwrap());
    assert_eq!((fixture.audited("secret.create").await, fixture.audited("secret.delete").await), (2, 1));
    let third = id("third");
    assert!(!fixture.store.upgrade_app_secret_hash(&third, &hash("x"), &hash("y")).await.unwrap());
    assert!(fixture.store.upgrade_app_secret_hash(&third, &hash("third"), &hash("y")).await.unwrap());
    let foreign = fixture.store.list_app_secrets(&id("other"), &one.id).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
}

pub async fn parallel_secrets_stay_two(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let adds = (0..10).map(|number| {
        let (store, org, app) = (fixture.store.clone(), acme.clone(), one.id.clone());
        let (secret, audit) = (app_secret(&format!("extra{number}")), fixture.audit("secret.create"));
        tokio::spawn(async move { store.insert_app_secret(&org, &app, &secret, &audit).await.unwrap() })
    });
    let added = join_all(adds).await.into_iter().filter(|added| *added.as_ref().unwrap()).count();
    assert_eq!((added, fixture.audited("secret.create").await), (1, 1));
    assert_eq!(fixture.store.list_app_secrets(&acme, &one.id).await.unwrap().len(), 2);
}

pub async fn a_used_app_stays(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let unused = fixture.insert_app(&app("unused", &acme, &[(&orders, "read")])).await;
    use_it(fixture, one.id.as_str(), 1).await;
    assert_eq!(fixture.store.find_app(&acme, &one.id).await.unwrap().unwrap().last_used_at, Some(NOW.plus_seconds(1)));
    let delete = async |id| fixture.store.delete_app(&acme, id, &fixture.audit("app.delete")).await;
    assert!(!delete(&one.id).await.unwrap());
    assert!(delete(&unused).await.unwrap());
    assert!(matches!(delete(&unused).await, Err(StoreError::NotFound)));
    assert_eq!(fixture.store.find_app(&acme, &unused).await.unwrap(), None);
    assert!(fixture.store.find_verifiable_app(&unused).await.unwrap().is_none());
    let again = app("unused", &acme, &[]);
    let taken = fixture.store.insert_app(&again, Some(&app_secret("s3")), &[], &fixture.audit("app.create")).await;
    assert!(matches!(taken, Err(StoreError::Taken("id"))), "{taken:?}");
    assert_eq!(fixture.audited("app.delete").await, 1);
}

pub async fn states_of_an_app(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let set =
        async |at| fixture.store.set_app_disabled(&acme, &one.id, at, &fixture.audit("app.disable")).await.unwrap();
    assert_eq!(set(Some(NOW)).await.unwrap().disabled_at, Some(NOW));
    assert_eq!(set(Some(NOW.plus_seconds(1))).await.unwrap().disabled_at, Some(NOW));
    assert_eq!(fixture.audited("app.disable").await, 1);
    assert_eq!(set(None).await.unwrap().disabled_at, None);
    let revoke = async |reason| {
        fixture.store.revoke_app(&acme, &one.id, NOW, reason, &fixture.audit("app.revoke")).await.unwrap()
    };
    let revoked = revoke(Some("left")).await;
    assert_eq!(revoke(Some("again")).await, revoked);
    assert_eq!((set(None).await, fixture.audited("app.revoke").await), (None, 1));
}

pub async fn lists_search_and_page(fixture: &Fixture) {
    let (acme, orders, _) = stored(fixture).await;
    let other = fixture.api("other", &acme).await;
    for number in 1..5 {
        let mut one = app(&format!("more{number}"), &acme, &[(if number % 2 == 0 { &orders } else { &other }, "read")]);
        one.created_at = NOW.plus_seconds(number);
        fixture.insert_app(&one).await;
    }
    let first = fixture.store.list_apps(&acme, None, None, &page(3)).await.unwrap();
    let rest = fixture.store.list_apps(&acme, None, None, &after(3, first.next_cursor.clone())).await.unwrap();
    let listed: Vec<_> = first.items.into_iter().chain(rest.items).collect();
    assert_eq!((listed.len(), rest.next_cursor), (5, None));
    for one in &listed {
        assert_eq!(fixture.store.find_app(&acme, &one.id).await.unwrap().as_ref(), Some(one));
    }
    let found = |search: &'static str, api: Option<ApiId>| {
        let (store, acme) = (fixture.store.clone(), acme.clone());
        async move { store.list_apps(&acme, Some(search), api.as_ref(), &page(9)).await.unwrap().items.len() }
    };
    assert_eq!((found("APP MORE", None).await, found("app more", Some(orders)).await), (4, 2));
    assert_eq!(found("app_0000000000000app", None).await, 1);
}
