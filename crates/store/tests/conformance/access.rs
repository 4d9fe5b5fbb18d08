use futures::future::join_all;
use latchkey_core::apis::{AccessRequest, AccessRequestStatus, ConsumerPolicy, ConsumerPolicyChange};
use latchkey_core::ports::{LastUse, StoreError, UsageBatch};
use latchkey_types::{ApiId, OrgId};
use serde_json::json;

use crate::fixture::{Fixture, NOW, after, app, id, key, object, page, scopes};

async fn globex(fixture: &Fixture) -> OrgId {
    let owner = fixture.user("owner").await;
    fixture.org("globex", &owner).await
}

fn request(name: &str, org: &OrgId, api: &ApiId, wanted: &str) -> AccessRequest {
    AccessRequest {
        id: id(name),
        org: org.clone(),
        org_slug: "globex-slug".to_owned(),
        api: api.clone(),
        api_name: "orders API".to_owned(),
        scopes: scopes(wanted),
        reason: "for the shop".to_owned(),
        status: AccessRequestStatus::Pending,
        created_at: NOW,
        decided_at: None,
    }
}

pub async fn a_policy_changes_by_member(fixture: &Fixture) {
    let (_, orders) = fixture.acme().await;
    let globex = globex(fixture).await;
    let change = async |change: ConsumerPolicyChange| {
        fixture
            .store
            .change_consumer_policy(&orders, &globex, &change, &fixture.audit("consumer.update"))
            .await
            .unwrap()
    };
    assert_eq!(fixture.store.consumer_policy(&orders, &globex).await.unwrap(), ConsumerPolicy::default());
    let metadata = object(json!({ "plan": "gold" }));
    change(ConsumerPolicyChange { blocked_at: Some(Some(NOW)), ..Default::default() }).await;
    change(ConsumerPolicyChange { metadata: Some(Some(metadata.clone())), ..Default::default() }).await;
    let answered = change(ConsumerPolicyChange { scopes: Some(scopes("write")), ..Default::default() }).await;
    let wanted = ConsumerPolicy {
        metadata: Some(metadata),
        scopes: scopes("write"),
        blocked_at: Some(NOW),
        ..Default::default()
    };
    assert_eq!((&answered, &fixture.store.consumer_policy(&orders, &globex).await.unwrap()), (&wanted, &wanted));
    let cleared =
        change(ConsumerPolicyChange { metadata: Some(None), blocked_at: Some(None), ..Default::default() }).await;
    assert_eq!(cleared, ConsumerPolicy { scopes: scopes("write"), ..Default::default() });
    let subject = format!("{orders}/{globex}");
    let changes = fixture.store.changes_after(0, 100).await.unwrap();
    assert_eq!(changes.iter().filter(|change| change.subject == subject).count(), 4);
    let missing = fixture
        .store
        .change_consumer_policy(&id("none"), &globex, &ConsumerPolicyChange::default(), &fixture.audit("x"))
        .await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
}

pub async fn access_requests_are_decided_once(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let other = fixture.api("other", &acme).await;
    let globex = globex(fixture).await;
    let asked = request("req1", &globex, &orders, "write");
    fixture.store.insert_access_request(&asked, &fixture.audit("access.request")).await.unwrap();
    let twice = request("req2", &globex, &orders, "read");
    let taken = fixture.store.insert_access_request(&twice, &fixture.audit("access.request")).await;
    assert!(matches!(taken, Err(StoreError::Taken("pending"))), "{taken:?}");
    assert_eq!(fixture.store.list_access_requests_of(&globex, &page(9)).await.unwrap().items, [asked.clone()]);
    assert_eq!(fixture.store.list_access_requests_for(&orders, &page(9)).await.unwrap().items, [asked.clone()]);
    let decide = async |api, decision| {
        fixture.store.decide_access_request(api, &asked.id, decision, NOW, &fixture.audit("access.decide")).await
    };
    assert!(matches!(decide(&other, AccessRequestStatus::Approved).await, Err(StoreError::NotFound)));
    let decided = decide(&orders, AccessRequestStatus::Approved).await.unwrap().unwrap();
    assert_eq!((decided.status, decided.decided_at), (AccessRequestStatus::Approved, Some(NOW)));
    assert_eq!(decide(&orders, AccessRequestStatus::Denied).await.unwrap(), None);
    assert_eq!(fixture.store.list_access_requests_of(&globex, &page(9)).await.unwrap().items, [decided]);
    assert_eq!(fixture.store.consumer_policy(&orders, &globex).await.unwrap().scopes, scopes("write"));
    assert_eq!(fixture.audited("access.decide").await, 1);
    // Another one may follow, and be denied without a trace in the policy.
    fixture.store.insert_access_request(&twice, &fixture.audit("access.request")).await.unwrap();
    let audit = fixture.audit("access.decide");
    fixture
        .store
        .decide_access_request(&orders, &twice.id, AccessRequestStatus::Denied, NOW, &audit)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fixture.store.consumer_policy(&orders, &globex).await.unwrap().scopes, scopes("write"));
}

pub async fn approvals_at_once_add_up(fixture: &Fixture) {
    let (_, orders) = fixture.acme().await;
    let globex = globex(fixture).await;
    let asked = request("req", &globex, &orders, "write");
    fixture.store.insert_access_request(&asked, &fixture.audit("access.request")).await.unwrap();
    let approvals = (0..6).map(|_| {
        let (store, api, id, audit) =
            (fixture.store.clone(), orders.clone(), asked.id.clone(), fixture.audit("access.decide"));
        tokio::spawn(async move {
            store.decide_access_request(&api, &id, AccessRequestStatus::Approved, NOW, &audit).await.unwrap()
        })
    });
    let (store, api, org, audit) =
        (fixture.store.clone(), orders.clone(), globex.clone(), fixture.audit("consumer.block"));
    let block = tokio::spawn(async move {
        let change = ConsumerPolicyChange { blocked_at: Some(Some(NOW)), ..Default::default() };
        store.change_consumer_policy(&api, &org, &change, &audit).await.unwrap()
    });
    let decided = join_all(approvals).await.into_iter().filter(|decided| decided.as_ref().unwrap().is_some()).count();
    block.await.unwrap();
    let policy = fixture.store.consumer_policy(&orders, &globex).await.unwrap();
    assert_eq!((decided, policy.scopes, policy.blocked_at), (1, scopes("write"), Some(NOW)));
}

pub async fn consumers_are_counted(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let globex = globex(fixture).await;
    let owner = fixture.user("owner").await;
    let initech = fixture.org("initech", &owner).await;
    fixture.insert_key(&key("own", &acme, &orders)).await;
    let foreign = key("foreign", &globex, &orders);
    fixture.insert_key(&foreign).await;
    fixture.insert_app(&app("client", &globex, &[(&orders, "read")])).await;
    let block = ConsumerPolicyChange { blocked_at: Some(Some(NOW)), ..Default::default() };
    fixture.store.change_consumer_policy(&orders, &initech, &block, &fixture.audit("consumer.block")).await.unwrap();
    let last = LastUse { id: foreign.id.to_string(), generation: 1, at: NOW.plus_seconds(5) };
    let batch = UsageBatch {
        source: "s".to_owned(),
        sequence: 1,
        rows: Vec::new(),
        last_uses: vec![last],
        networks: Vec::new(),
    };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
    let seen: Vec<_> = fixture
        .store
        .list_consumers(&orders, &page(9))
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|one| (one.org.id, one.credentials, one.last_used_at, one.policy.blocked_at))
        .collect();
    assert_eq!(seen, [(globex, 2, Some(NOW.plus_seconds(5)), None), (initech, 0, None, Some(NOW))]);
}

pub async fn consumers_page_by_slug(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    fixture.insert_key(&key("own", &acme, &orders)).await;
    let mut holders = Vec::new();
    for name in ["e", "b", "d", "a"] {
        let org = fixture.org(name, &owner).await;
        fixture.insert_key(&key(name, &org, &orders)).await;
        holders.push(org);
    }
    let store = &fixture.store;
    let first = store.list_consumers(&orders, &page(2)).await.unwrap();
    let late = fixture.org("c", &owner).await;
    fixture.insert_key(&key("c", &late, &orders)).await;
    let second = store.list_consumers(&orders, &after(2, first.next_cursor.clone())).await.unwrap();
    let third = store.list_consumers(&orders, &after(2, second.next_cursor.clone())).await.unwrap();
    assert_eq!(third.next_cursor, None);
    let slugs: Vec<_> = [&first, &second, &third]
        .into_iter()
        .flat_map(|page| page.items.iter().map(|consumer| (consumer.org.slug.as_str(), consumer.credentials)))
        .collect();
    assert_eq!(slugs, [("a-slug", 1), ("b-slug", 1), ("c-slug", 1), ("d-slug", 1), ("e-slug", 1)]);
    let bad = store.list_consumers(&orders, &after(2, Some("nonsense".to_owned()))).await;
    assert!(matches!(bad, Err(StoreError::BadCursor)));

    let held = store.credentials_for(&orders, &holders[..2]).await.unwrap();
    let mut orgs: Vec<_> = held.into_iter().map(|credential| credential.org_slug).collect();
    orgs.sort();
    assert_eq!(orgs, ["b-slug", "e-slug"]);
    assert!(store.credentials_for(&orders, &[]).await.unwrap().is_empty());

    // by slug: who holds something, who has a policy, who asked; not its owner, and nobody else
    let (asks, ruled) = (globex(fixture).await, fixture.org("ruled", &owner).await);
    fixture.org("stranger", &owner).await;
    store.insert_access_request(&request("req", &asks, &orders, "write"), &fixture.audit("x")).await.unwrap();
    let block = ConsumerPolicyChange { blocked_at: Some(Some(NOW)), ..Default::default() };
    store.change_consumer_policy(&orders, &ruled, &block, &fixture.audit("consumer.block")).await.unwrap();
    let find = async |slug: &str| store.find_consumer(&orders, slug).await.unwrap().map(|org| org.id);
    assert_eq!(find("c-slug").await, Some(late));
    assert_eq!((find("globex-slug").await, find("ruled-slug").await), (Some(asks), Some(ruled)));
    for nobody in ["acme-slug", "stranger-slug", "nobody", "a\0"] {
        assert_eq!(find(nobody).await, None, "{nobody:?}");
    }
}

pub async fn access_requests_page_newest_first(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let globex = globex(fixture).await;
    let store = &fixture.store;
    let mut ids = Vec::new();
    for number in 0..3 {
        let api = fixture.api(&format!("api{number}"), &acme).await;
        for (name, api) in [("own", &api), ("for", &orders)] {
            let mut asked = request(&format!("{name}{number}"), &globex, api, "write");
            asked.created_at = NOW.plus_seconds(number);
            store.insert_access_request(&asked, &fixture.audit("x")).await.unwrap();
            let denied = AccessRequestStatus::Denied;
            store.decide_access_request(api, &asked.id, denied, NOW, &fixture.audit("x")).await.unwrap().unwrap();
            ids.push((name, asked.id));
        }
    }
    ids.reverse();
    let of =
        |wanted: &str| ids.iter().filter(|(name, _)| *name == wanted).map(|(_, id)| id.clone()).collect::<Vec<_>>();
    let first = store.list_access_requests_for(&orders, &page(2)).await.unwrap();
    let second = store.list_access_requests_for(&orders, &after(2, first.next_cursor.clone())).await.unwrap();
    assert_eq!(second.next_cursor, None);
    let seen: Vec<_> = first.items.into_iter().chain(second.items).map(|request| request.id).collect();
    assert_eq!(seen, of("for"));
    let first = store.list_access_requests_of(&globex, &page(4)).await.unwrap();
    let second = store.list_access_requests_of(&globex, &after(4, first.next_cursor.clone())).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next_cursor), (4, 2, None));
    let bad = store.list_access_requests_of(&globex, &after(4, Some("nonsense".to_owned()))).await;
    assert!(matches!(bad, Err(StoreError::BadCursor)));
    let one = &of("for")[0];
    assert_eq!(store.find_access_request(&orders, one).await.unwrap().unwrap().id, *one);
    assert_eq!(store.find_access_request(&orders, &of("own")[0]).await.unwrap(), None);
}
