use futures::future::join_all;
use latchkey_core::apis::{ApiChange, CallPath, CallPathDefault, CallPaths, TokenFormat, Visibility};
use latchkey_core::ports::StoreError;
use latchkey_core::signing::SigningAlg;

use crate::fixture::{Fixture, NOW, after, api, app, id, key, page, secret, verification_key};

pub async fn an_api_reads_back(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let stored = api("orders", &acme);
    assert_eq!(fixture.store.find_api(&orders).await.unwrap(), Some(stored.clone()));
    assert_eq!(fixture.store.find_api_by_audience("https://orders.example").await.unwrap(), Some(stored.clone()));
    assert_eq!(fixture.store.find_api_by_audience("https://orders.example/").await.unwrap(), None);
    let path = CallPath { caller: "app_order".to_owned(), via: vec!["app_cart".to_owned()] };
    let call_paths = CallPaths { default: CallPathDefault::Deny, max_depth: 3, items: vec![path] };
    let change = ApiChange {
        name: Some("Orders 2".to_owned()),
        visibility: Some(Visibility::Private),
        scopes: Some(stored.scopes[1..].to_vec()),
        token_ttl_seconds: Some(60),
        signing_alg: Some(SigningAlg::Es256),
        token_format: Some(TokenFormat::Opaque),
        call_paths: Some(Some(call_paths.clone())),
        ..ApiChange::default()
    };
    let changed = fixture.store.update_api(&acme, &orders, &change, &fixture.audit("api.update")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.scopes.len(), changed.token_ttl_seconds), ("Orders 2", 1, 60));
    assert_eq!((changed.signing_alg, changed.token_format), (SigningAlg::Es256, TokenFormat::Opaque));
    assert_eq!(changed.call_paths, Some(call_paths));
    assert_eq!(fixture.store.find_api(&orders).await.unwrap(), Some(changed));
    let foreign = fixture.store.update_api(&id("other"), &orders, &change, &fixture.audit("api.update")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    assert_eq!(fixture.audited("api.update").await, 1);
}

pub async fn an_audience_is_unique_and_stays_with_its_organisation(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    let mut twin = api("twin", &acme);
    twin.audience = "https://orders.example".to_owned();
    let taken = fixture.store.insert_api(&twin, &fixture.audit("api.create")).await;
    assert!(matches!(taken, Err(StoreError::Taken("audience"))), "{taken:?}");
    assert!(fixture.store.delete_api(&acme, &orders, NOW, &fixture.audit("api.delete")).await.unwrap());
    let mut foreign = twin.clone();
    foreign.org = globex;
    let taken = fixture.store.insert_api(&foreign, &fixture.audit("api.create")).await;
    assert!(matches!(taken, Err(StoreError::Taken("audience"))), "{taken:?}");
    fixture.store.insert_api(&twin, &fixture.audit("api.create")).await.unwrap();
    // The id is never used again.
    let mut reborn = api("orders", &acme);
    reborn.audience = "https://new.example".to_owned();
    let taken = fixture.store.insert_api(&reborn, &fixture.audit("api.create")).await;
    assert!(matches!(taken, Err(StoreError::Taken("id"))), "{taken:?}");
}

pub async fn live_credentials_keep_an_api(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let mut expiring = key("expiring", &acme, &orders);
    expiring.expires_at = Some(NOW.plus_seconds(10));
    fixture.insert_key(&expiring).await;
    let revoked = key("revoked", &acme, &orders);
    fixture.insert_key(&revoked).await;
    let client = fixture.insert_app(&app("client", &acme, &[(&orders, "read")])).await;
    let verifier = verification_key("verifier", &orders);
    fixture.store.insert_verification_key(&verifier, &fixture.audit("vk.create")).await.unwrap();
    let delete = async |at| fixture.store.delete_api(&acme, &orders, at, &fixture.audit("api.delete")).await;
    assert!(!delete(NOW).await.unwrap());
    fixture.store.revoke_key(&acme, &revoked.id, NOW, None, &fixture.audit("key.revoke")).await.unwrap();
    assert!(!delete(NOW.plus_seconds(10)).await.unwrap());
    fixture.store.revoke_app(&acme, &client, NOW, None, &fixture.audit("app.revoke")).await.unwrap();
    assert!(!delete(NOW.plus_seconds(9)).await.unwrap());
    assert_eq!(fixture.audited("api.delete").await, 0);
    let foreign = fixture.store.delete_api(&id("other"), &orders, NOW, &fixture.audit("api.delete")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    assert!(delete(NOW.plus_seconds(10)).await.unwrap());
    assert_eq!(fixture.store.find_api(&orders).await.unwrap(), None);
    assert!(fixture.store.find_verification_key(&verifier.key.id).await.unwrap().is_none());
    assert!(matches!(delete(NOW).await, Err(StoreError::NotFound)));
    // What was revoked still says what it was for.
    assert_eq!(fixture.store.find_verifiable_key(&revoked.id).await.unwrap().unwrap().api.id, orders);
    assert_eq!(fixture.store.find_verifiable_app(&client).await.unwrap().unwrap().apis.len(), 1);
}

pub async fn no_key_slips_in_while_an_api_is_deleted(fixture: &Fixture) {
    let (acme, _) = fixture.acme().await;
    for round in 0..15 {
        let target = fixture.api(&format!("api{round}"), &acme).await;
        let new = key(&format!("key{round}"), &acme, &target);
        let (store, audit, made) = (fixture.store.clone(), fixture.audit("key.create"), new.clone());
        let insert = tokio::spawn(async move { store.insert_key(&made, &secret("s"), &audit).await });
        let (store, audit, org, api) =
            (fixture.store.clone(), fixture.audit("api.delete"), acme.clone(), target.clone());
        let delete = tokio::spawn(async move { store.delete_api(&org, &api, NOW, &audit).await.unwrap() });
        let (inserted, deleted) = (insert.await.unwrap(), delete.await.unwrap());
        assert_eq!(inserted.is_ok(), !deleted, "{inserted:?}");
        assert!(inserted.is_ok() || matches!(inserted, Err(StoreError::NotFound)), "{inserted:?}");
    }
}

pub async fn lists_search_and_page(fixture: &Fixture) {
    let (acme, _) = fixture.acme().await;
    for (number, name) in ["billing", "Users", "ledger"].into_iter().enumerate() {
        let mut one = api(name, &acme);
        one.created_at = NOW.plus_seconds(i64::try_from(number).unwrap() + 1);
        fixture.store.insert_api(&one, &fixture.audit("api.create")).await.unwrap();
    }
    let names = |apis: &[latchkey_core::apis::Api]| apis.iter().map(|api| api.name.clone()).collect::<Vec<_>>();
    let first = fixture.store.list_apis(&acme, None, &page(3)).await.unwrap();
    let rest = fixture.store.list_apis(&acme, None, &after(3, first.next_cursor.clone())).await.unwrap();
    assert_eq!(names(&first.items), ["ledger API", "Users API", "billing API"]);
    assert_eq!((names(&rest.items), rest.next_cursor), (vec!["orders API".to_owned()], None));
    for search in ["users", "USERS a", "https://Users", "api_00000000000Users"] {
        let found = fixture.store.list_apis(&acme, Some(search), &page(9)).await.unwrap().items;
        assert_eq!(names(&found), ["Users API"], "{search}");
    }
    assert_eq!(fixture.store.list_apis(&id("other"), None, &page(9)).await.unwrap().items, []);
}

pub async fn the_catalogue_shows_public_apis(fixture: &Fixture) {
    let (acme, _) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    fixture.api("zeta", &globex).await;
    fixture.api("Beta", &acme).await;
    let mut hidden = api("hidden", &acme);
    hidden.visibility = Visibility::Private;
    fixture.store.insert_api(&hidden, &fixture.audit("api.create")).await.unwrap();
    let list = async |search: Option<&str>| {
        let (mut names, mut cursor) = (Vec::new(), None);
        loop {
            let listed = fixture.store.list_public_apis(search, &after(1, cursor)).await.unwrap();
            names.extend(listed.items.into_iter().map(|(api, org)| format!("{}/{}", org.slug, api.name)));
            cursor = listed.next_cursor;
            if cursor.is_none() {
                return names;
            }
        }
    };
    assert_eq!(list(None).await, ["acme-slug/Beta API", "acme-slug/orders API", "globex-slug/zeta API"]);
    assert_eq!(list(Some("ZE")).await, ["globex-slug/zeta API"]);
    fixture.store.set_org_suspended(&globex, Some(NOW), &fixture.audit("org.suspend")).await.unwrap();
    assert_eq!(list(None).await, ["acme-slug/Beta API", "acme-slug/orders API"]);
}

pub async fn verification_keys_live_and_end(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let other = fixture.api("other", &acme).await;
    let one = verification_key("one", &orders);
    fixture.store.insert_verification_key(&one, &fixture.audit("vk.create")).await.unwrap();
    let found = fixture.store.find_verification_key(&one.key.id).await.unwrap().unwrap();
    assert_eq!((&found.key, &found.hash, found.api.id, found.owner.id), (&one.key, &one.hash, orders.clone(), acme));
    assert_eq!(fixture.store.list_verification_keys(&orders).await.unwrap(), [one.key.clone()]);
    let missing =
        fixture.store.insert_verification_key(&verification_key("two", &id("none")), &fixture.audit("vk.create")).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
    let delete = async |api| fixture.store.delete_verification_key(api, &one.key.id, &fixture.audit("vk.delete")).await;
    assert!(matches!(delete(&other).await, Err(StoreError::NotFound)));
    let done = join_all([delete(&orders), delete(&orders)]).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(fixture.audited("vk.delete").await, 1);
    assert!(fixture.store.find_verification_key(&one.key.id).await.unwrap().is_none());
}
