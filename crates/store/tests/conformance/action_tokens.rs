use futures::future::join_all;
use latchkey_core::action_tokens::{ActionToken, StoredActionToken};
use latchkey_core::oauth::OpaqueToken;
use latchkey_core::ports::StoreError;
use latchkey_types::{ActionTokenId, ApiId, OrgId};

use crate::fixture::{Fixture, NOW, after, id, page, scopes};
use crate::tokens::opaque_token;

fn token(name: &str, org: &OrgId, api: &ApiId) -> StoredActionToken {
    let token = ActionToken {
        id: id(name),
        org: org.clone(),
        api: api.clone(),
        scopes: scopes("read write"),
        purpose: format!("Zweck {name}"),
        max_access_seconds: 90,
        created_at: NOW,
        created_by: "mk_00000000000owner".to_owned(),
        expires_at: NOW.plus_seconds(100),
        redeemed_at: None,
        revoked_at: None,
    };
    StoredActionToken { token, mac: [5; 32] }
}

async fn insert(fixture: &Fixture, token: &StoredActionToken) {
    fixture.store.insert_action_token(token, &fixture.audit("action_token.create")).await.unwrap();
}

async fn redeem(fixture: &Fixture, id: &ActionTokenId, seconds: i64, opaque: Option<&OpaqueToken>) -> bool {
    let audit = fixture.audit("action_token.redeem");
    fixture.store.redeem_action_token(id, NOW.plus_seconds(seconds), opaque, &audit).await.unwrap()
}

pub async fn an_action_token_lives_and_ends(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let store = &fixture.store;
    let one = token("one", &acme, &orders);
    let mut two = token("two", &acme, &orders);
    two.token.created_at = NOW.plus_seconds(1);
    two.token.expires_at = NOW.plus_seconds(50);
    insert(fixture, &one).await;
    insert(fixture, &two).await;
    assert_eq!(store.find_action_token(&acme, &one.token.id).await.unwrap(), Some(one.token.clone()));
    assert_eq!(store.find_action_token(&id("other"), &one.token.id).await.unwrap(), None);
    let found = store.find_verifiable_action_token(&one.token.id).await.unwrap().unwrap();
    assert_eq!((&found.token, found.mac), (&one.token, one.mac));
    assert_eq!((&found.holder.id, &found.api.id), (&acme, &orders));
    assert!(store.find_verifiable_action_token(&id("three")).await.unwrap().is_none());

    let first = store.list_action_tokens(&acme, &page(1)).await.unwrap();
    assert_eq!(first.items, [two.token.clone()]);
    let rest = store.list_action_tokens(&acme, &after(1, first.next_cursor)).await.unwrap();
    assert_eq!((rest.items, rest.next_cursor), (vec![one.token.clone()], None));
    assert_eq!(store.list_action_tokens(&id("other"), &page(9)).await.unwrap().items, []);

    let revoke = async |org: &OrgId| {
        let audit = fixture.audit("action_token.revoke");
        store.revoke_action_token(org, &one.token.id, NOW.plus_seconds(2), &audit).await
    };
    let before = store.revision().await.unwrap();
    assert!(matches!(revoke(&id("other")).await, Err(StoreError::NotFound)));
    assert_eq!(revoke(&acme).await.unwrap().revoked_at, Some(NOW.plus_seconds(2)));
    assert_eq!(revoke(&acme).await.unwrap().revoked_at, Some(NOW.plus_seconds(2)));
    assert_eq!(fixture.audited("action_token.revoke").await, 1);
    let changes = store.changes_after(before, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.subject.as_str()).collect::<Vec<_>>(), [one.token.id.as_str()]);
    assert!(!redeem(fixture, &one.token.id, 3, None).await, "revoked");

    assert_eq!(store.delete_expired_action_tokens(NOW.plus_seconds(49)).await.unwrap(), 0);
    assert_eq!(store.delete_expired_action_tokens(NOW.plus_seconds(50)).await.unwrap(), 1);
    assert_eq!(store.find_action_token(&acme, &two.token.id).await.unwrap(), None);
}

// F-17: of 200 at once exactly one, with its access token and its row in the audit log
pub async fn an_action_token_is_swapped_once(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let once = token("once", &acme, &orders);
    insert(fixture, &once).await;
    let swapping = (0..200).map(|number| {
        let (store, id) = (fixture.store.clone(), once.token.id.clone());
        let (opaque, audit) = (opaque_token(&format!("at{number}")), fixture.audit("action_token.redeem"));
        tokio::spawn(async move {
            let done = store.redeem_action_token(&id, NOW, Some(&opaque), &audit).await.unwrap();
            let kept = store.find_access_token(&opaque.id).await.unwrap().is_some();
            assert_eq!(done, kept, "the access token comes with the swap, or not at all");
            done
        })
    });
    let done = join_all(swapping).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    assert_eq!((done, fixture.audited("action_token.redeem").await), (1, 1));
    let found = fixture.store.find_action_token(&acme, &once.token.id).await.unwrap().unwrap();
    assert_eq!(found.redeemed_at, Some(NOW));
}

pub async fn what_does_not_hold_is_not_swapped(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let store = &fixture.store;
    let one = token("one", &acme, &orders);
    insert(fixture, &one).await;
    assert!(!redeem(fixture, &id("unknown"), 0, None).await);
    assert!(!redeem(fixture, &one.token.id, 100, None).await, "expired");
    store.set_org_suspended(&acme, Some(NOW), &fixture.audit("org.suspend")).await.unwrap();
    assert!(!redeem(fixture, &one.token.id, 0, None).await, "suspended");
    store.set_org_suspended(&acme, None, &fixture.audit("org.unsuspend")).await.unwrap();
    // an access token that can't be kept leaves the action token as it is
    let opaque = opaque_token("taken");
    store.insert_access_token(&opaque).await.unwrap();
    let audit = fixture.audit("action_token.redeem");
    assert!(store.redeem_action_token(&one.token.id, NOW, Some(&opaque), &audit).await.is_err());
    assert!(redeem(fixture, &one.token.id, 99, None).await);
    assert!(!redeem(fixture, &one.token.id, 99, None).await);
    assert_eq!(fixture.audited("action_token.redeem").await, 1);
}

pub async fn an_action_token_keeps_its_api(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let store = &fixture.store;
    let one = token("one", &acme, &orders);
    insert(fixture, &one).await;
    let delete = async |seconds| {
        let audit = fixture.audit("api.delete");
        store.delete_api(&acme, &orders, NOW.plus_seconds(seconds), &audit).await.unwrap()
    };
    assert!(!delete(99).await, "it waits");
    assert!(redeem(fixture, &one.token.id, 20, None).await);
    assert!(!delete(109).await, "what it was swapped for holds 90 seconds");
    assert!(delete(110).await);
    assert!(store.find_verifiable_action_token(&one.token.id).await.unwrap().is_none());
    assert!(store.find_action_token(&acme, &one.token.id).await.unwrap().is_some());
    let late = token("late", &acme, &orders);
    let refused = store.insert_action_token(&late, &fixture.audit("action_token.create")).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
}
