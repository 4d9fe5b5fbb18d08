use std::collections::BTreeSet;

use latchkey_core::deliveries::{Attempt, Claimed, Delivery, DeliveryState, DeliveryTarget, NewDelivery, Outcome};
use latchkey_core::notices::NoticeKind;
use latchkey_core::ports::{Page, StoreError};
use latchkey_core::vault::Sealed;
use latchkey_core::webhooks::{DisabledReason, MAX_WEBHOOKS, PreviousSecret, StoredWebhook, Webhook, WebhookChange};
use latchkey_types::{OrgId, Timestamp, WebhookId};

use crate::fixture::{Fixture, NOW, after, id, page};
use crate::notices::{mail, notice};

const LEASE: Timestamp = NOW.plus_seconds(60);

fn sealed(text: &str, by: &str) -> Sealed {
    Sealed { bytes: text.as_bytes().to_vec(), by: by.to_owned() }
}

fn webhook(name: &str, org: &OrgId) -> StoredWebhook {
    let webhook = Webhook {
        id: id(name),
        org: org.clone(),
        url: format!("https://{name}.example/?token=ä"),
        kinds: vec![NoticeKind::Expiring, NoticeKind::Leak],
        created_at: NOW,
        created_by: "usr_0000000000000001".to_owned(),
        disabled: None,
        previous_secret_until: None,
    };
    StoredWebhook { webhook, sealed: sealed(name, "m1"), previous: None }
}

async fn insert(fixture: &Fixture, name: &str, org: &OrgId) -> StoredWebhook {
    let new = webhook(name, org);
    assert!(fixture.store.insert_webhook(&new, &fixture.audit("webhook.create")).await.unwrap());
    new
}

fn post(name: &str, org: &OrgId, webhook: &WebhookId) -> NewDelivery {
    NewDelivery {
        target: DeliveryTarget::Webhook(webhook.clone()),
        body: "{\"a\":\"ä\"}".to_owned(),
        ..mail(name, org, &id("nobody"))
    }
}

pub async fn a_webhook_reads_back(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let one = insert(fixture, "one", &acme).await;
    let mut two = webhook("two", &acme);
    two.webhook.created_at = NOW.plus_seconds(1);
    store.insert_webhook(&two, &fixture.audit("webhook.create")).await.unwrap();
    assert_eq!(store.list_webhooks(&acme).await.unwrap(), [two.webhook.clone(), one.webhook.clone()]);
    assert_eq!(store.list_webhooks(&globex).await.unwrap(), []);
    assert!(store.find_webhook(&acme, &one.webhook.id).await.unwrap() == Some(one.clone()));
    assert!(store.find_webhook(&globex, &one.webhook.id).await.unwrap().is_none());

    let off = Some((NOW.plus_seconds(5), DisabledReason::Gone));
    let change = WebhookChange {
        url: Some("https://other.example/".to_owned()),
        kinds: Some(vec![NoticeKind::Limit]),
        disabled: Some(off),
    };
    let audit = || fixture.audit("webhook.update");
    let changed = store.update_webhook(&acme, &one.webhook.id, &change, NOW, &audit()).await.unwrap();
    let expected = Webhook {
        url: "https://other.example/".to_owned(),
        kinds: vec![NoticeKind::Limit],
        disabled: off,
        ..one.webhook.clone()
    };
    assert_eq!(changed, expected);
    assert!(store.find_webhook(&acme, &one.webhook.id).await.unwrap().unwrap().webhook == expected);
    let on = WebhookChange { disabled: Some(None), ..WebhookChange::default() };
    let changed = store.update_webhook(&acme, &one.webhook.id, &on, NOW, &audit()).await.unwrap();
    assert_eq!(changed, Webhook { disabled: None, ..expected });
    let foreign = store.update_webhook(&globex, &one.webhook.id, &on, NOW, &audit()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));

    let foreign = store.delete_webhook(&globex, &one.webhook.id, &fixture.audit("webhook.delete")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    store.insert_delivery(&post("d", &acme, &one.webhook.id), &fixture.audit("webhook.test")).await.unwrap();
    store.delete_webhook(&acme, &one.webhook.id, &fixture.audit("webhook.delete")).await.unwrap();
    assert_eq!(store.list_webhooks(&acme).await.unwrap(), [two.webhook]);
    assert_eq!(fixture.audited("webhook.delete").await, 1);
    for number in 1..MAX_WEBHOOKS {
        insert(fixture, &format!("n{number}"), &acme).await;
    }
    assert!(!store.insert_webhook(&webhook("more", &acme), &fixture.audit("webhook.create")).await.unwrap());
}

pub async fn secrets_are_replaced_where_they_are_the_same(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let before = insert(fixture, "one", &acme).await;
    let until = NOW.plus_seconds(60);
    let mut after = before.clone();
    after.sealed = sealed("new", "m2");
    after.previous = Some(PreviousSecret { sealed: before.sealed.clone(), until });
    after.webhook.previous_secret_until = Some(until);
    let audit = fixture.audit("webhook.rotate");
    assert!(store.replace_webhook_secrets(&[(before.sealed.clone(), after.clone())], &audit).await.unwrap());
    assert!(store.find_webhook(&acme, &before.webhook.id).await.unwrap() == Some(after.clone()));
    // a second one that read what the first did
    let again = fixture.audit("webhook.rotate");
    assert!(!store.replace_webhook_secrets(&[(before.sealed.clone(), after.clone())], &again).await.unwrap());
    assert_eq!(fixture.audited("webhook.rotate").await, 1);
    let others = async |current: &str| store.webhooks_sealed_by_others(current).await.unwrap().len();
    assert_eq!((others("m1").await, others("m2").await), (1, 1));
    let mut resealed = after.clone();
    resealed.previous.as_mut().unwrap().sealed.by = "m2".to_owned();
    // F-39: all or none, and with a row of the audit log
    let rotate = || fixture.audit("master_key.rotate");
    let some_stale = [(after.sealed.clone(), resealed.clone()), (before.sealed.clone(), resealed.clone())];
    assert!(!store.replace_webhook_secrets(&some_stale, &rotate()).await.unwrap());
    assert_eq!((others("m1").await, others("m2").await, fixture.audited("master_key.rotate").await), (1, 1, 0));
    assert!(store.replace_webhook_secrets(&[(after.sealed.clone(), resealed.clone())], &rotate()).await.unwrap());
    assert_eq!((others("m1").await, others("m2").await, fixture.audited("master_key.rotate").await), (1, 0, 1));
}

async fn claim(fixture: &Fixture, now: Timestamp, limit: u32) -> Vec<Claimed> {
    fixture.store.claim_deliveries(now, now.plus_seconds(60), limit).await.unwrap()
}

async fn only(fixture: &Fixture, org: &OrgId, webhook: &WebhookId) -> Delivery {
    let mut items = fixture.store.list_deliveries(org, Some(webhook), &page(9)).await.unwrap().items;
    assert_eq!(items.len(), 1);
    items.remove(0)
}

pub async fn a_delivery_is_claimed_tried_and_finished(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let hook = insert(fixture, "one", &acme).await.webhook.id;
    let new = post("d", &acme, &hook);
    store.insert_delivery(&new, &fixture.audit("webhook.test")).await.unwrap();
    assert_eq!(claim(fixture, NOW.plus_millis(-1), 9).await, []);
    let first = claim(fixture, NOW, 9).await;
    let expected = Claimed {
        id: new.id.clone(),
        org: acme.clone(),
        message: new.message.clone(),
        target: new.target.clone(),
        title: new.title.clone(),
        body: new.body.clone(),
        parts: 1,
        attempt: 1,
    };
    assert_eq!(first, [expected]);
    // it is whose claim it is, until the lease is over: then the replica is taken for dead
    assert_eq!(claim(fixture, LEASE.plus_millis(-1), 9).await, []);
    let second = claim(fixture, LEASE, 9).await;
    assert_eq!(second[0].attempt, 2);
    let ended = |outcome, status, error: Option<&str>| Attempt { outcome, status, error: error.map(str::to_owned) };
    let taken = ended(Outcome::Delivered, Some(200), None);
    assert!(!store.finish_delivery(&new.id, 1, &taken, NOW).await.unwrap(), "the first came back too late");
    let later = NOW.plus_seconds(500);
    let again = ended(Outcome::Again(later), Some(503), Some("it answered 503"));
    assert!(store.finish_delivery(&new.id, 2, &again, NOW).await.unwrap());
    let stored = only(fixture, &acme, &hook).await;
    assert_eq!((stored.state, stored.attempts, stored.next_at), (DeliveryState::Waiting, 2, later));
    assert_eq!((stored.last_status, stored.last_error.as_deref()), (Some(503), Some("it answered 503")));
    assert_eq!(claim(fixture, later.plus_millis(-1), 9).await, []);
    assert_eq!(claim(fixture, later, 9).await.len(), 1);
    assert!(store.finish_delivery(&new.id, 3, &taken, later).await.unwrap());
    let stored = only(fixture, &acme, &hook).await;
    assert_eq!((stored.state, stored.finished_at, stored.last_error), (DeliveryState::Delivered, Some(later), None));
    assert_eq!(claim(fixture, later.plus_seconds(9_999), 9).await, []);

    let audit = || fixture.audit("webhook.send_again");
    for (org, webhook) in [(&acme, None), (&id("other"), Some(&hook)), (&acme, Some(&id("other")))] {
        let missing = store.send_again(org, webhook, &new.id, later, &audit()).await;
        assert!(matches!(missing, Err(StoreError::NotFound)));
    }
    let again = store.send_again(&acme, Some(&hook), &new.id, later, &audit()).await.unwrap();
    assert_eq!((again.state, again.attempts, again.finished_at), (DeliveryState::Waiting, 0, None));
    assert_eq!(claim(fixture, later, 9).await[0].attempt, 1);
    // switched off: what waits is given up
    let off = WebhookChange { disabled: Some(Some((later, DisabledReason::ByHand))), ..WebhookChange::default() };
    store.update_webhook(&acme, &hook, &off, later, &fixture.audit("webhook.update")).await.unwrap();
    assert_eq!(only(fixture, &acme, &hook).await.state, DeliveryState::Failed);
    let missing = store.insert_delivery(&post("x", &acme, &id("gone")), &fixture.audit("webhook.test")).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
    assert_eq!(store.delete_deliveries_before(NOW).await.unwrap(), 0);
    assert_eq!(store.delete_deliveries_before(NOW.plus_millis(1)).await.unwrap(), 1);
}

pub async fn each_delivery_is_claimed_by_one(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let hook = insert(fixture, "one", &acme).await.webhook.id;
    for number in 0..60 {
        let audit = fixture.audit("webhook.test");
        store.insert_delivery(&post(&format!("d{number}"), &acme, &hook), &audit).await.unwrap();
    }
    let claims = futures::future::join_all((0..8).map(|_| claim(fixture, NOW, 10))).await;
    let mut seen = BTreeSet::new();
    for claimed in claims.iter().flatten() {
        assert_eq!(claimed.attempt, 1);
        assert!(seen.insert(claimed.id.clone()), "{} was claimed twice", claimed.id);
    }
    let rest = claim(fixture, NOW, 99).await;
    assert_eq!(seen.len() + rest.len(), 60);
}

pub async fn organisations_take_turns_and_suspended_ones_wait(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let mut hooks = Vec::new();
    for (name, count) in [("acme", 20), ("globex", 2), ("initech", 1)] {
        let org = fixture.org(name, &owner).await;
        let hook = insert(fixture, name, &org).await.webhook.id;
        for number in 0..count {
            let new = post(&format!("{name}{number}"), &org, &hook);
            store.insert_delivery(&new, &fixture.audit("webhook.test")).await.unwrap();
        }
        hooks.push(org);
    }
    store.set_org_suspended(&hooks[2], Some(NOW), &fixture.audit("org.suspend")).await.unwrap();
    let of = |claimed: &[Claimed]| {
        hooks.iter().map(|org| claimed.iter().filter(|one| one.org == *org).count()).collect::<Vec<_>>()
    };
    assert_eq!(of(&claim(fixture, NOW, 5).await), [3, 2, 0]);
    store.set_org_suspended(&hooks[2], None, &fixture.audit("org.unsuspend")).await.unwrap();
    assert_eq!(of(&claim(fixture, NOW, 2).await), [1, 0, 1]);
}

pub async fn mails_of_one_person_are_gathered(fixture: &Fixture) {
    let store = &fixture.store;
    let (ada, ben) = (fixture.user("ada").await, fixture.user("ben").await);
    let (acme, globex) = (fixture.org("acme", &ada).await, fixture.org("globex", &ada).await);
    for (number, (org, user)) in
        [(&acme, &ada), (&acme, &ada), (&acme, &ben), (&globex, &ada), (&acme, &ada)].into_iter().enumerate()
    {
        let name = format!("n{number}");
        assert!(store.insert_notice(&notice(&name, org), &[mail(&name, org, user)]).await.unwrap());
    }
    let mut claimed = claim(fixture, NOW, 9).await;
    claimed.sort_by(|one, other| one.message.cmp(&other.message));
    let shown: Vec<_> = claimed.iter().map(|one| (one.parts, one.body.as_str())).collect();
    assert_eq!(shown, [(3, "n0\n\nn1\n\nn4\n"), (1, "n2\n"), (1, "n3\n")]);
    // what is being sent is not added to
    store.insert_notice(&notice("late", &acme), &[mail("late", &acme, &ada)]).await.unwrap();
    let late = claim(fixture, NOW, 9).await;
    assert_eq!(late.iter().map(|one| (one.parts, one.body.as_str())).collect::<Vec<_>>(), [(1, "late\n")]);
    // nor does a mail grow without end
    let long = NewDelivery { body: "x".repeat(60_000), ..mail("long", &acme, &ada) };
    store.insert_notice(&notice("long", &acme), &[long]).await.unwrap();
    store.insert_notice(&notice("next", &acme), &[mail("next", &acme, &ada)]).await.unwrap();
    assert_eq!(claim(fixture, NOW, 9).await.len(), 2);

    let mut cursor = None;
    let mut count = 0;
    loop {
        let listed = store.list_deliveries(&acme, None, &after(2, cursor)).await.unwrap();
        count += listed.items.len();
        cursor = listed.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(count, 5);
    let wrong = Page { limit: 2, cursor: Some("x".to_owned()) };
    assert!(matches!(store.list_deliveries(&acme, None, &wrong).await, Err(StoreError::BadCursor)));
}
