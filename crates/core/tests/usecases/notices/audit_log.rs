//! What the audit log makes one tell, once whichever replicas look.

use std::sync::Arc;

use latchkey_core::Core;
use latchkey_core::audit::AuditEntry;
use latchkey_core::notices::{self, NoticeKind};
use latchkey_core::ports::AuditStore;
use serde_json::json;

use super::{all, key, revoke, told, vault};
use crate::setup::{DAY, World};

/// A warning as the use cases that count write it.
fn warning(world: &World, action: &str, percent: i64) -> AuditEntry {
    let detail = json!({ "percent": percent, "limit": "per minute" });
    AuditEntry {
        target_type: "key".to_owned(),
        target_id: "key_0000000000000001".to_owned(),
        detail: detail.as_object().unwrap().clone(),
        ..world.audit(Some(&world.acme.id), action)
    }
}

#[tokio::test]
async fn revocations_limits_and_leaks_are_told() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    assert_eq!(told(&world).await, [""; 0]);
    let id = key(&world, "checkout", None).await;
    revoke(&world, &id).await;
    world.clock.advance(1);
    let leak = AuditEntry {
        target_type: "key".to_owned(),
        target_id: id.to_string(),
        ..world.audit(Some(&world.acme.id), "leak.report")
    };
    world.store.insert_audit(&leak).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    let mut found = told(&world).await;
    found.sort();
    assert_eq!(found, ["A leak of key “checkout” was reported", "Key “checkout” was revoked"]);
    let notice = all(&world).await.into_iter().find(|notice| notice.kind == NoticeKind::Revoked).unwrap();
    assert_eq!((notice.detail["reason"].as_str(), notice.subject_id.as_str()), (Some("left"), id.as_str()));
    assert!(notice.detail["by"].as_str().unwrap().starts_with("mk_"));

    let before = told(&world).await.len();
    for (action, percent) in [
        ("limit.warning", 79),
        ("limit.warning", 80),
        ("credits.warning", 100),
        ("app.quota_warning", 60),
        ("app.quota_warning", 80),
    ] {
        world.store.insert_audit(&warning(&world, action, percent)).await.unwrap();
    }
    notices::derive(&world.core).await.unwrap();
    let found = told(&world).await;
    assert_eq!(found.len() - before, 3, "{found:?}");
    for expected in ["80 % of its limit “per minute”", "has used up its credits", "80 % of its tokens of the day"] {
        assert!(found.iter().any(|title| title.contains(expected)), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn who_shows_a_secret_to_end_it_is_told_of_and_who_tidies_up_is_not() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    for (action, target, actor) in [
        ("app.secret.delete", "app", "user"),
        ("app.secret.delete", "app", "holder"),
        ("verification_key.delete", "verification_key", "user"),
        ("verification_key.delete", "verification_key", "holder"),
        ("key.revoke", "key", "holder"),
    ] {
        let mut row = AuditEntry { target_type: target.to_owned(), ..world.audit(Some(&world.acme.id), action) };
        row.target_id = format!("{target}_1");
        row.actor_kind = actor.to_owned();
        row.detail.insert("by".to_owned(), "possession".into());
        world.store.insert_audit(&row).await.unwrap();
    }
    notices::derive(&world.core).await.unwrap();
    let mut found = told(&world).await;
    found.sort();
    let expected = [
        "A secret of app app_1 was revoked",
        "Key key_1 was revoked",
        "Verification key verification_key_1 was revoked",
    ];
    assert_eq!(found, expected);
    assert!(all(&world).await.iter().all(|notice| notice.detail["by"] == "possession"));
}

#[tokio::test]
async fn what_happened_before_the_first_start_is_history() {
    let world = World::new().await;
    let id = key(&world, "old", None).await;
    revoke(&world, &id).await;
    world.clock.advance(3_600);
    notices::derive(&world.core).await.unwrap();
    assert_eq!(told(&world).await, [""; 0]);
}

// a transaction that was slow, and a replica whose clock is late: their rows stand before what was read already
#[tokio::test]
async fn rows_that_are_committed_late_are_told_too() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let late: Vec<AuditEntry> = (0..3)
        .map(|number| AuditEntry {
            target_id: format!("late {number}"),
            ..world.audit(Some(&world.acme.id), "leak.report")
        })
        .collect();
    world.clock.advance(500);
    let now = world.audit(Some(&world.acme.id), "leak.report");
    world.store.insert_audit(&now).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    for (number, row) in late.iter().enumerate() {
        world.store.insert_audit(row).await.unwrap();
        notices::derive(&world.core).await.unwrap();
        assert_eq!(told(&world).await.len(), 2 + number);
    }
    // a clock that ran ahead and was set right doesn't hide what comes
    let ahead =
        AuditEntry { at: world.core.clock.now().plus_seconds(DAY), ..world.audit(Some(&world.acme.id), "leak.report") };
    world.store.insert_audit(&ahead).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    world.store.insert_audit(&world.audit(Some(&world.acme.id), "leak.report")).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 6);
}

// more than a batch at once, and after a pause of a week
#[tokio::test]
async fn a_long_log_is_read_to_its_end() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    for number in 0..450_i64 {
        let row = world.audit(Some(&world.acme.id), if number % 3 == 0 { "leak.report" } else { "limit.warning" });
        let mut row = AuditEntry { target_id: number.to_string(), ..row };
        row.detail.insert("percent".to_owned(), 60.into());
        row.at = row.at.plus_millis(number);
        world.store.insert_audit(&row).await.unwrap();
    }
    world.clock.advance(7 * DAY);
    notices::derive(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_tell_each_thing_once() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let other = world.replica(2, vault());
    for number in 0..20 {
        let row = AuditEntry { target_id: number.to_string(), ..world.audit(Some(&world.acme.id), "leak.report") };
        world.store.insert_audit(&row).await.unwrap();
        key(&world, &format!("key {number}"), Some(40)).await;
    }
    world.clock.advance(15 * DAY);
    let rounds = (0..8).map(|number| {
        let core: Arc<Core> = if number % 2 == 0 { world.core.clone() } else { other.clone() };
        tokio::spawn(async move {
            notices::derive(&core).await.unwrap();
            notices::expiring(&core).await.unwrap();
        })
    });
    for round in futures::future::join_all(rounds).await {
        round.unwrap();
    }
    assert_eq!(told(&world).await.len(), 40);
}

// months without a notice don't make each round read months of the log
#[tokio::test]
async fn the_cursor_goes_along_where_nothing_is_to_be_told() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    world.clock.advance(30 * DAY);
    notices::derive(&world.core).await.unwrap();
    let now = world.core.clock.now();
    assert_eq!(world.core.store.notice_cursor(now).await.unwrap(), now);
    // what is committed late is told all the same
    let late = AuditEntry { at: now.plus_seconds(-599), ..warning(&world, "limit.warning", 80) };
    world.store.insert_audit(&late).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    assert_eq!(all(&world).await.len(), 1);
}
