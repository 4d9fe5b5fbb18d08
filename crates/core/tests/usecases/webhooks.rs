//! Webhooks: who may, what is posted and how it is signed, retries, dead letters, secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use latchkey_core::audit::AuditEntry;
use latchkey_core::deliveries::{self, DELAYS_SECONDS, Delivery, DeliveryState, MAX_ATTEMPTS};
use latchkey_core::notices::{self, NoticeKind};
use latchkey_core::ports::{AuditStore, FetchError, Posted, WebhookStore};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::webhooks::{
    self, CreatedWebhook, DisabledReason, MAX_WEBHOOKS, NewWebhook, OVERLAP_SECONDS, WebhookPatch,
};
use latchkey_core::{Error, PlainSecret};
use latchkey_types::{Role, WebhookId};
use serde_json::Value;
use sha2::Sha256;

use crate::fetching::Post;
use crate::setup::{MASTER_KEY, World, conflict, operator, page, refused_fields};

const URL: &str = "https://hooks.example/latchkey?token=canary";

fn new(url: &str, kinds: &[NoticeKind]) -> NewWebhook {
    NewWebhook { url: url.to_owned(), kinds: kinds.to_vec() }
}

async fn create(world: &World, url: &str, kinds: &[NoticeKind]) -> CreatedWebhook {
    webhooks::create(&world.core, &world.acme(Role::Admin), "acme", new(url, kinds)).await.unwrap()
}

async fn leak(world: &World, target: &str) {
    let row = AuditEntry { target_id: target.to_owned(), ..world.audit(Some(&world.acme.id), "leak.report") };
    world.store.insert_audit(&row).await.unwrap();
    notices::derive(&world.core).await.unwrap();
}

async fn sent(world: &World, id: &WebhookId) -> Vec<Delivery> {
    deliveries::list(&world.core, &world.acme(Role::Admin), "acme", id, &page()).await.unwrap().items
}

/// As a receiver does it, from the specification alone.
fn verifies(post: &Post, secret: &PlainSecret) -> bool {
    let key = STANDARD.decode(secret.expose().strip_prefix("whsec_").unwrap()).unwrap();
    let content = format!("{}.{}.{}", post.headers["webhook-id"], post.headers["webhook-timestamp"], post.body);
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(content).finalize().into_bytes();
    let expected = format!("v1,{}", STANDARD.encode(mac));
    post.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
}

#[tokio::test]
async fn a_notice_is_posted_signed_once() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &[NoticeKind::Leak]).await;
    create(&world, "https://other.example/", &[NoticeKind::Revoked]).await;
    leak(&world, "one").await;
    world.clock.advance(3);
    deliveries::deliver(&world.core).await.unwrap();
    deliveries::deliver(&world.core).await.unwrap();
    let posts = world.fetcher.take_posts();
    assert_eq!(posts.len(), 1, "{posts:?}");
    let post = &posts[0];
    assert_eq!(post.url, URL);
    assert!(verifies(post, &hook.secret));
    let key = STANDARD.decode(hook.secret.expose().strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let notice =
        notices::list(&world.core, &world.acme(Role::Viewer), "acme", &page()).await.unwrap().listed.items.remove(0);
    assert_eq!(post.headers["webhook-id"], notice.id.to_string());
    assert_eq!(post.headers["webhook-timestamp"], world.core.clock.now().as_seconds().to_string());
    assert_eq!(post.headers["content-type"], "application/json");
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!(body["type"], "leak.reported");
    assert_eq!(body["timestamp"], notice.at.to_string());
    assert_eq!(body["data"]["organisation"]["slug"], "acme");
    assert_eq!(body["data"]["subject"]["id"], "one");
    assert_eq!(body["data"]["url"], "https://portal.example/orgs/acme/notices");
    let delivery = sent(&world, &hook.webhook.id).await.remove(0);
    assert_eq!((delivery.state, delivery.attempts, delivery.last_status), (DeliveryState::Delivered, 1, Some(204)));
    // what a changed body is worth
    let mut forged = post.clone();
    forged.body.push(' ');
    assert!(!verifies(&forged, &hook.secret));
}

#[tokio::test]
async fn what_fails_is_tried_ten_times_over_three_days_and_then_kept_as_a_dead_letter() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &NoticeKind::ALL).await;
    world.fetcher.answer_posts(URL, Ok(Posted { status: 500, retry_after: None }));
    leak(&world, "one").await;
    let start = world.core.clock.now();
    let mut tried = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for number in 1..=MAX_ATTEMPTS {
        deliveries::deliver(&world.core).await.unwrap();
        let post = world.fetcher.take_posts().remove(0);
        ids.insert(post.headers["webhook-id"].clone());
        assert_eq!(post.headers["webhook-timestamp"], world.core.clock.now().as_seconds().to_string());
        assert!(verifies(&post, &hook.secret));
        let delivery = sent(&world, &hook.webhook.id).await.remove(0);
        assert_eq!((delivery.attempts, delivery.last_error.as_deref()), (number, Some("it answered 500")));
        if number == MAX_ATTEMPTS {
            assert_eq!(delivery.state, DeliveryState::Failed);
            break;
        }
        let wait = delivery.next_at.as_millis() - world.core.clock.now().as_millis();
        let expected = DELAYS_SECONDS[usize::try_from(number).unwrap() - 1] * 1_000;
        assert!((expected..=expected + expected / 10).contains(&wait), "{number}: {wait}");
        // not before its time
        world.clock.advance(wait / 1_000 - 1);
        deliveries::deliver(&world.core).await.unwrap();
        assert_eq!(world.fetcher.take_posts().len(), 0);
        world.clock.advance(2);
        tried.push(wait);
    }
    assert_eq!(ids.len(), 1, "the same message each time");
    assert!(tried.iter().any(|wait| wait % 1_000 != 0), "chance has its part: {tried:?}");
    assert!(world.core.clock.now().as_seconds() - start.as_seconds() > 3 * 86_400);
    world.clock.advance(99_999);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 0);

    let dead = sent(&world, &hook.webhook.id).await.remove(0);
    world.fetcher.answer_posts(URL, Ok(Posted { status: 201, retry_after: None }));
    let admin = world.acme(Role::Admin);
    deliveries::send_again(&world.core, &admin, "acme", &hook.webhook.id, &dead.id).await.unwrap();
    deliveries::deliver(&world.core).await.unwrap();
    assert!(ids.contains(&world.fetcher.take_posts()[0].headers["webhook-id"]));
    assert_eq!(sent(&world, &hook.webhook.id).await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn answers_other_than_2xx_and_silence_are_failures() {
    for (answer, error) in [
        (Ok(301), "it answered 301"),
        (Ok(404), "it answered 404"),
        (Ok(199), "it answered 199"),
        (Err(FetchError::NoAnswer), "no answer"),
        (Err(FetchError::NotAllowed), "this address may not be asked"),
    ] {
        let world = World::new().await;
        notices::derive(&world.core).await.unwrap();
        let hook = create(&world, URL, &NoticeKind::ALL).await;
        world.fetcher.answer_posts(URL, answer.map(|status| Posted { status, retry_after: None }));
        leak(&world, "one").await;
        deliveries::deliver(&world.core).await.unwrap();
        let delivery = sent(&world, &hook.webhook.id).await.remove(0);
        assert_eq!((delivery.state, delivery.last_error.as_deref()), (DeliveryState::Waiting, Some(error)));
    }
}

#[tokio::test]
async fn a_receiver_may_ask_for_patience() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &NoticeKind::ALL).await;
    world.fetcher.answer_posts(URL, Ok(Posted { status: 429, retry_after: Some(120) }));
    leak(&world, "one").await;
    deliveries::deliver(&world.core).await.unwrap();
    let delivery = sent(&world, &hook.webhook.id).await.remove(0);
    assert!(delivery.next_at >= world.core.clock.now().plus_seconds(120));
}

#[tokio::test]
async fn gone_switches_the_webhook_off() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &NoticeKind::ALL).await.webhook;
    world.fetcher.answer_posts(URL, Ok(Posted { status: 410, retry_after: None }));
    leak(&world, "one").await;
    leak(&world, "two").await;
    deliveries::deliver(&world.core).await.unwrap();
    let admin = world.acme(Role::Admin);
    let stored = webhooks::get(&world.core, &admin, "acme", &hook.id).await.unwrap();
    assert_eq!(stored.disabled.map(|(_, reason)| reason), Some(DisabledReason::Gone));
    assert!(sent(&world, &hook.id).await.iter().all(|delivery| delivery.state == DeliveryState::Failed));
    let rows = world.audit_rows(Some(&world.acme.id), hook.id.as_str()).await;
    assert!(rows.iter().any(|row| row.action == "webhook.update" && row.actor_kind == "system"));
    // nothing is made for it, nothing is sent again, until somebody switches it on
    let before = sent(&world, &hook.id).await;
    world.fetcher.take_posts();
    leak(&world, "three").await;
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!((sent(&world, &hook.id).await.len(), world.fetcher.take_posts().len()), (before.len(), 0));
    let again = deliveries::send_again(&world.core, &admin, "acme", &hook.id, &before[0].id).await;
    assert_eq!(conflict(again), "webhook-disabled");
    assert_eq!(conflict(webhooks::send_test(&world.core, &admin, "acme", &hook.id).await), "webhook-disabled");
    let on = WebhookPatch { enabled: Some(true), ..WebhookPatch::default() };
    webhooks::update(&world.core, &admin, "acme", &hook.id, on).await.unwrap();
    world.fetcher.answer_posts(URL, Ok(Posted { status: 204, retry_after: None }));
    leak(&world, "four").await;
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 1);
}

// each delivery by one of two replicas, however slow the receiver
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_send_each_thing_once() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    create(&world, URL, &NoticeKind::ALL).await;
    for number in 0..50 {
        leak(&world, &number.to_string()).await;
    }
    let other = world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    let rounds = (0..12).map(|number| {
        let core = if number % 2 == 0 { world.core.clone() } else { other.clone() };
        tokio::spawn(async move { deliveries::deliver(&core).await.unwrap() })
    });
    for round in futures::future::join_all(rounds).await {
        round.unwrap();
    }
    let posts = world.fetcher.take_posts();
    let ids: std::collections::BTreeSet<_> = posts.iter().map(|post| post.headers["webhook-id"].clone()).collect();
    assert_eq!((posts.len(), ids.len()), (50, 50));
}

// a replica that dies while it sends: another one takes it up when the lease is over
#[tokio::test]
async fn what_a_dead_replica_left_is_sent_by_another() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    create(&world, URL, &NoticeKind::ALL).await;
    leak(&world, "one").await;
    let gate = world.fetcher.hold();
    let core = world.core.clone();
    let dying = tokio::spawn(async move { deliveries::deliver(&core).await });
    while world.fetcher.take_posts().is_empty() {
        tokio::task::yield_now().await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    gate.add_permits(9);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 0);
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 1);
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one_for_a_day() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let old = create(&world, URL, &NoticeKind::ALL).await;
    let admin = world.acme(Role::Admin);
    let new = webhooks::rotate(&world.core, &admin, "acme", &old.webhook.id).await.unwrap();
    assert!(old.secret != new.secret);
    let post = async |world: &World| {
        leak(world, &world.core.clock.now().to_string()).await;
        deliveries::deliver(&world.core).await.unwrap();
        world.fetcher.take_posts().remove(0)
    };
    let both = post(&world).await;
    assert!(verifies(&both, &old.secret) && verifies(&both, &new.secret));
    assert_eq!(both.headers["webhook-signature"].split(' ').count(), 2);
    world.clock.advance(OVERLAP_SECONDS);
    let one = post(&world).await;
    assert!(!verifies(&one, &old.secret) && verifies(&one, &new.secret));
}

// F-19: the database holds no secret, and the audit log no path or query of an address
#[tokio::test]
async fn secrets_rest_sealed_and_move_to_a_new_master_key() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &NoticeKind::ALL).await;
    let stored = world.store.find_webhook(&world.acme.id, &hook.webhook.id).await.unwrap().unwrap();
    let key = STANDARD.decode(hook.secret.expose().strip_prefix("whsec_").unwrap()).unwrap();
    assert!(!stored.sealed.bytes.windows(8).any(|part| part == &key[..8]));
    assert!(!world.audit_text().await.contains("canary"));

    let rotated = webhooks::rotate(&world.core, &world.acme(Role::Admin), "acme", &hook.webhook.id).await.unwrap();
    let next = Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY)));
    let replica = world.replica(3, next);
    assert!(matches!(webhooks::reseal(&replica, &world.acme(Role::Owner)).await, Err(Error::NotFound)));
    assert_eq!(webhooks::reseal(&replica, &operator()).await.unwrap(), 1);
    assert_eq!(webhooks::reseal(&replica, &operator()).await.unwrap(), 0);
    assert_eq!(world.audit_rows(None, &MasterKey::from_bytes([8; 32]).id()).await.len(), 1, "F-39");
    let alone = world.replica(4, Vault::new(MasterKey::from_bytes([8; 32]), None));
    leak(&world, "one").await;
    deliveries::deliver(&alone).await.unwrap();
    let post = world.fetcher.take_posts().remove(0);
    assert!(verifies(&post, &hook.secret) && verifies(&post, &rotated.secret));
}

#[tokio::test]
async fn addresses_and_kinds_are_checked() {
    let world = World::new().await;
    let admin = world.acme(Role::Admin);
    for bad in [
        "",
        "hooks.example",
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://user@hooks.example/",
        "https://:secret@hooks.example/",
        "https://hooks.example/#x",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        &format!("https://hooks.example/{}", "x".repeat(2_000)),
    ] {
        let result = webhooks::create(&world.core, &admin, "acme", new(bad, &NoticeKind::ALL)).await;
        assert_eq!(refused_fields(result.map(|_| ())), ["url"], "{bad}");
    }
    let result = webhooks::create(&world.core, &admin, "acme", new("x", &[])).await;
    assert_eq!(refused_fields(result.map(|_| ())), ["url", "kinds"]);
    let made =
        create(&world, "  https://hooks.example  ", &[NoticeKind::Leak, NoticeKind::Expiring, NoticeKind::Leak]).await;
    assert_eq!(made.webhook.url, "https://hooks.example/");
    assert_eq!(made.webhook.kinds, [NoticeKind::Expiring, NoticeKind::Leak]);
    let patch = WebhookPatch { url: Some("http://x.example".to_owned()), kinds: Some(Vec::new()), enabled: None };
    let result = webhooks::update(&world.core, &admin, "acme", &made.webhook.id, patch).await;
    assert_eq!(refused_fields(result), ["url", "kinds"]);
    create(&world, "http://localhost:9999/dev", &NoticeKind::ALL).await;
    for _ in 2..MAX_WEBHOOKS {
        create(&world, URL, &NoticeKind::ALL).await;
    }
    let more = webhooks::create(&world.core, &admin, "acme", new(URL, &NoticeKind::ALL)).await;
    assert_eq!(conflict(more.map(|_| ())), "too-many-webhooks");
}

#[tokio::test]
async fn admins_alone_see_and_change_webhooks() {
    let world = World::new().await;
    let made = create(&world, URL, &NoticeKind::ALL).await.webhook;
    let core = &world.core;
    let delivery = webhooks::send_test(core, &world.acme(Role::Admin), "acme", &made.id).await.unwrap();
    for (caller, org, is_missing) in [
        (world.acme(Role::Developer), "acme", false),
        (world.globex(Role::Owner), "acme", true),
        (world.globex(Role::Owner), "globex", true),
    ] {
        let refused = |error: Error| match error {
            Error::NotFound => is_missing,
            Error::Forbidden(_) => !is_missing,
            other => panic!("{other}"),
        };
        let patch = WebhookPatch { enabled: Some(false), ..WebhookPatch::default() };
        assert!(refused(webhooks::get(core, &caller, org, &made.id).await.unwrap_err()));
        assert!(refused(webhooks::update(core, &caller, org, &made.id, patch).await.unwrap_err()));
        assert!(refused(webhooks::rotate(core, &caller, org, &made.id).await.unwrap_err()));
        assert!(refused(webhooks::send_test(core, &caller, org, &made.id).await.unwrap_err()));
        assert!(refused(webhooks::delete(core, &caller, org, &made.id).await.unwrap_err()));
        assert!(refused(deliveries::list(core, &caller, org, &made.id, &page()).await.unwrap_err()));
        assert!(refused(deliveries::send_again(core, &caller, org, &made.id, &delivery.id).await.unwrap_err()));
        assert!(refused(deliveries::send_mail_again(core, &caller, org, &delivery.id).await.unwrap_err()));
    }
    deliveries::deliver(core).await.unwrap();
    let post = world.fetcher.take_posts().remove(0);
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!((body["type"].as_str(), sent(&world, &made.id).await.len()), (Some("webhook.test"), 1));
    webhooks::delete(core, &world.acme(Role::Admin), "acme", &made.id).await.unwrap();
    assert!(matches!(webhooks::get(core, &world.acme(Role::Admin), "acme", &made.id).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_suspended_organisation_is_sent_nothing() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    create(&world, URL, &NoticeKind::ALL).await;
    leak(&world, "one").await;
    world.suspend(&world.acme).await;
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 0);
}

// the master key that sealed it is gone: said to whoever looks, and tried again as any other failure
#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_a_failed_attempt() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let hook = create(&world, URL, &[NoticeKind::Leak]).await;
    leak(&world, "one").await;
    let stranger = world.replica(2, Vault::new(MasterKey::from_bytes([9; 32]), None));
    deliveries::deliver(&stranger).await.unwrap();
    assert_eq!(world.fetcher.take_posts().len(), 0);
    let waiting = sent(&world, &hook.webhook.id).await.remove(0);
    assert_eq!((waiting.state, waiting.attempts), (DeliveryState::Waiting, 1));
    assert!(waiting.last_error.is_some_and(|error| error.contains("secret")));
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(sent(&world, &hook.webhook.id).await[0].state, DeliveryState::Delivered);
    assert!(verifies(&world.fetcher.take_posts()[0], &hook.secret));
}
