//! Access requests, and what an API's owner decides for consumers.

use std::sync::Arc;

use latchkey_core::apis::{self, AccessRequestStatus, Api, PolicyPatch, ScopeGrant, Visibility};
use latchkey_core::ports::ApiStore;
use latchkey_core::{Caller, Conflict, Error};
use latchkey_types::{OrgId, ScopeSet};
use serde_json::json;

use crate::stage::{Portal, bad_fields, conflict_of, is_forbidden, is_not_found, new_scope, page};

struct Stage {
    portal: Portal,
    acme: Caller,
    shop: Caller,
    shop_id: OrgId,
    api: Api,
}

async fn stage() -> Stage {
    let portal = Portal::new().await;
    let (_, acme) = portal.org("acme").await;
    let (shop_id, shop) = portal.org("shop").await;
    let api = portal.api("acme", &acme, "urn:orders", Visibility::Public).await;
    Stage { portal, acme, shop, shop_id, api }
}

impl Stage {
    async fn ask(&self, api: &str, scopes: &[&str]) -> Result<apis::AccessRequest, Error> {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        apis::request_access(&self.portal.core, &self.shop, "shop", api, scopes, "we need it").await
    }

    async fn decide(&self, request: &apis::AccessRequest, approve: bool) -> Result<apis::AccessRequest, Error> {
        apis::decide_access_request(&self.portal.core, &self.acme, "acme", &self.api.id, &request.id, approve).await
    }

    async fn approved(&self) -> ScopeSet {
        self.portal.store.consumer_policy(&self.api.id, &self.shop_id).await.unwrap().scopes
    }
}

#[tokio::test]
async fn an_approved_request_opens_its_scopes_and_a_denied_one_none() {
    let stage = stage().await;
    let (request, rows) = stage.portal.audited(stage.ask("urn:orders", &["admin"])).await;
    let request = request.unwrap();
    assert_eq!(rows, ["access_request.create"]);
    assert_eq!(
        apis::own_access_requests(&stage.portal.core, &stage.shop, "shop", &page()).await.unwrap().items,
        std::slice::from_ref(&request)
    );
    let waiting =
        apis::access_requests(&stage.portal.core, &stage.acme, "acme", &stage.api.id, &page()).await.unwrap().items;
    assert_eq!(waiting, std::slice::from_ref(&request));

    let (denied, rows) = stage.portal.audited(stage.decide(&request, false)).await;
    assert_eq!((denied.unwrap().status, rows), (AccessRequestStatus::Denied, vec!["access_request.deny".to_owned()]));
    assert!(stage.approved().await.is_empty());
    assert_eq!(conflict_of(stage.decide(&request, true).await), Conflict::AlreadyDecided);

    let second = stage.ask(stage.api.id.as_str(), &["admin"]).await.unwrap();
    let (approved, rows) = stage.portal.audited(stage.decide(&second, true)).await;
    assert_eq!(
        (approved.unwrap().status, rows),
        (AccessRequestStatus::Approved, vec!["access_request.approve".to_owned()])
    );
    assert_eq!(stage.approved().await.to_string(), "admin");
    assert_eq!(bad_fields(stage.ask("urn:orders", &["admin"]).await), ["scopes/0"]);
}

#[tokio::test]
async fn what_cannot_be_asked_for() {
    let stage = stage().await;
    stage.portal.api("acme", &stage.acme, "urn:private", Visibility::Private).await;
    stage.portal.api("shop", &stage.shop, "urn:own", Visibility::Public).await;
    assert_eq!(bad_fields(stage.ask("urn:orders", &[]).await), ["scopes"]);
    assert_eq!(bad_fields(stage.ask("urn:orders", &["read", "admin", "unknown", "a b"]).await), ["scopes/3"]);
    assert_eq!(bad_fields(stage.ask("urn:orders", &["read", "admin", "unknown"]).await), ["scopes/0", "scopes/2"]);
    // a foreign private API is as good as none
    let texts = async |api: &str| match stage.ask(api, &["admin"]).await {
        Err(Error::Invalid(errors)) => errors,
        other => panic!("{other:?}"),
    };
    assert_eq!(texts("urn:private").await, texts("urn:nothing").await);
    for api in ["urn:own", "", "a\0", "api_0000000000000000", "urn:x\0"] {
        assert_eq!(bad_fields(stage.ask(api, &["admin"]).await), ["api"], "{api:?}");
    }
    let reason = "x".repeat(501);
    let long =
        apis::request_access(&stage.portal.core, &stage.shop, "shop", "urn:orders", vec!["admin".into()], &reason)
            .await;
    assert_eq!(bad_fields(long), ["reason"]);
    assert!(stage.portal.store.list_access_requests_for(&stage.api.id, &page()).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_request_waits_at_a_time() {
    let stage = Arc::new(stage().await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move { stage.ask("urn:orders", &["admin"]).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(conflict_of::<()>(Err(error)), Conflict::AlreadyRequested),
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_foreign_owner_decides_nothing() {
    let stage = stage().await;
    let request = stage.ask("urn:orders", &["admin"]).await.unwrap();
    let own = stage.portal.api("shop", &stage.shop, "urn:own", Visibility::Public).await;
    for api in [&own.id, &stage.api.id] {
        let result = apis::decide_access_request(&stage.portal.core, &stage.shop, "shop", api, &request.id, true).await;
        assert!(is_not_found(&result), "{result:?}");
    }
    assert!(stage.approved().await.is_empty());
}

#[tokio::test]
async fn consumers_are_seen_with_their_credentials_and_blocked() {
    let stage = stage().await;
    let (core, acme) = (&stage.portal.core, &stage.acme);
    assert!(apis::consumers(core, acme, "acme", &stage.api.id, &page()).await.unwrap().items.is_empty());
    let block = async |blocked| apis::set_consumer_blocked(core, acme, "acme", &stage.api.id, "shop", blocked).await;
    assert!(is_not_found(&block(true).await), "nobody learns by trying which organisations there are");

    let key = stage.portal.key("shop", &stage.shop, "urn:orders").await;
    let seen = apis::consumers(core, acme, "acme", &stage.api.id, &page()).await.unwrap().items;
    assert_eq!((seen[0].consumer.org.slug.as_str(), seen[0].consumer.credentials), ("shop", 1));
    assert_eq!(seen[0].credentials[0].id, key.key.id.as_str());

    let (policy, rows) = stage.portal.audited(block(true)).await;
    assert!(policy.unwrap().blocked_at.is_some());
    assert_eq!(rows, ["consumer.block"]);
    let since = block(true).await.unwrap().blocked_at;
    stage.portal.clock.advance(60);
    let (again, rows) = stage.portal.audited(block(true)).await;
    assert_eq!((again.unwrap().blocked_at, rows.len()), (since, 0));
    assert!(is_forbidden(&stage.ask("urn:orders", &["admin"]).await));
    let (policy, rows) = stage.portal.audited(block(false)).await;
    assert_eq!((policy.unwrap().blocked_at, rows), (None, vec!["consumer.unblock".to_owned()]));
}

#[tokio::test]
async fn a_policy_takes_only_scopes_of_that_api_that_need_approval() {
    let stage = stage().await;
    let (core, acme) = (&stage.portal.core, &stage.acme);
    stage.portal.key("shop", &stage.shop, "urn:orders").await;
    let set = async |patch| apis::set_consumer_policy(core, acme, "acme", &stage.api.id, "shop", patch).await;
    let scopes = |scopes: &[&str]| PolicyPatch {
        scopes: Some(scopes.iter().map(ToString::to_string).collect()),
        ..PolicyPatch::default()
    };
    assert_eq!(bad_fields(set(scopes(&["admin", "read", "other"])).await), ["scopes/1", "scopes/2"]);
    let (policy, rows) = stage.portal.audited(set(scopes(&["admin"]))).await;
    assert_eq!((policy.unwrap().scopes.to_string(), rows), ("admin".to_owned(), vec!["consumer.update".to_owned()]));
    let (_, rows) = stage.portal.audited(set(scopes(&["admin"]))).await;
    assert!(rows.is_empty());

    let metadata =
        |value: serde_json::Value| PolicyPatch { metadata: Some(value.as_object().cloned()), ..PolicyPatch::default() };
    assert_eq!(bad_fields(set(metadata(json!({ "a": "\0" }))).await), ["metadata"]);
    let policy = set(metadata(json!({ "plan": "pro" }))).await.unwrap();
    assert_eq!((policy.scopes.to_string().as_str(), policy.metadata.is_some()), ("admin", true));
    assert_eq!(set(metadata(json!(null))).await.unwrap().metadata, None);
    let none = set(scopes(&[])).await.unwrap();
    assert!(none.scopes.is_empty());
}

// F-08: an edit that was read before a block doesn't lift it
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_parallel_edit_never_lifts_a_block() {
    let stage = stage().await;
    let (core, acme, api) = (&stage.portal.core, &stage.acme, &stage.api.id);
    stage.portal.key("shop", &stage.shop, "urn:orders").await;
    for round in 0..50 {
        apis::set_consumer_blocked(core, acme, "acme", api, "shop", false).await.unwrap();
        let metadata = json!({ "round": round }).as_object().cloned();
        let edit = PolicyPatch { metadata: Some(metadata.clone()), ..PolicyPatch::default() };
        let (blocked, edited) = tokio::join!(
            apis::set_consumer_blocked(core, acme, "acme", api, "shop", true),
            apis::set_consumer_policy(core, acme, "acme", api, "shop", edit),
        );
        blocked.unwrap();
        edited.unwrap();
        let policy = stage.portal.store.consumer_policy(api, &stage.shop_id).await.unwrap();
        assert!(policy.blocked_at.is_some(), "round {round}");
        assert_eq!(policy.metadata, metadata, "round {round}");
    }
}

#[tokio::test]
async fn a_scope_that_is_taken_from_the_api_is_no_longer_open() {
    let stage = stage().await;
    let request = stage.ask("urn:orders", &["admin"]).await.unwrap();
    stage.decide(&request, true).await.unwrap();
    let patch = apis::ApiPatch { scopes: Some(vec![new_scope("read", ScopeGrant::SelfService)]), ..Default::default() };
    let api = apis::update(&stage.portal.core, &stage.acme, "acme", &stage.api.id, patch).await.unwrap();
    let policy = stage.portal.store.consumer_policy(&api.id, &stage.shop_id).await.unwrap();
    assert_eq!(api.scopes_open_to(&stage.shop_id, &policy).to_string(), "read");
}
