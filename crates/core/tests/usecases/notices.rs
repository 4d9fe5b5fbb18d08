//! What organisations are told: out of the audit log, out of what expires, once whichever replicas look.

use std::sync::Arc;

use latchkey_core::audit::AuditEntry;
use latchkey_core::deliveries;
use latchkey_core::keys::{self, KeyPatch, NewKey};
use latchkey_core::management_keys;
use latchkey_core::notices::{self, Notice, NoticeKind, title};
use latchkey_core::ports::{AccountStore, AuditStore, MailError, OrgStore};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller, Core, Error};
use latchkey_types::{CredentialKind, KeyId, Role, Timestamp, UserId};
use serde_json::json;

use crate::setup::{DAY, MASTER_KEY, World, page};

fn vault() -> Vault {
    Vault::new(MasterKey::from_bytes(MASTER_KEY), None)
}

/// A key of `acme` that ends in so many days.
async fn key(world: &World, name: &str, days: Option<i64>) -> KeyId {
    let found = world.core.store.list_apis(&world.acme.id, None, &page()).await.unwrap().items;
    let api = match found.into_iter().next() {
        Some(api) => api,
        None => world.private_api(&world.acme, "orders", &["read"]).await,
    };
    // 0 days are half a one
    let expires_at = days.map(|days| world.core.clock.now().plus_seconds((days * DAY).max(DAY / 2)));
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: name.to_owned(),
        api: api.audience,
        expires_at,
        ..NewKey::default()
    };
    keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap().key.id
}

async fn revoke(world: &World, id: &KeyId) {
    keys::revoke(&world.core, &world.acme(Role::Developer), "acme", id, Some("left".to_owned())).await.unwrap();
}

/// Titles of `acme`'s notices, newest first.
async fn told(world: &World) -> Vec<String> {
    all(world).await.iter().map(title).collect()
}

async fn all(world: &World) -> Vec<Notice> {
    notices::list(&world.core, &world.acme(Role::Viewer), "acme", &page()).await.unwrap().listed.items
}

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

#[tokio::test]
async fn an_expiry_is_told_at_30_7_and_1_days() {
    let world = World::new().await;
    let id = key(&world, "checkout", Some(40)).await;
    key(&world, "short", Some(20)).await;
    key(&world, "hours", Some(0)).await;
    let mut seen = Vec::new();
    for hour in 0..(41 * 24) {
        notices::expiring(&world.core).await.unwrap();
        let now = told(&world).await;
        if now.len() != seen.len() {
            seen.push((hour / 24, now[0].clone()));
        }
        world.clock.advance(3_600);
    }
    let line = |name: &str, span: &str| format!("Key “{name}” expires within {span}");
    assert_eq!(
        seen,
        [
            (10, line("checkout", "30 days")),
            (13, line("short", "7 days")),
            (19, line("short", "a day")),
            (33, line("checkout", "7 days")),
            (39, line("checkout", "a day")),
        ]
    );
    assert_eq!(all(&world).await[0].detail["days"], 1);
    assert!(all(&world).await.iter().filter(|notice| notice.subject_id == id.as_str()).count() == 3);
}

#[tokio::test]
async fn another_end_is_another_thing_to_tell() {
    let world = World::new().await;
    let id = key(&world, "checkout", Some(40)).await;
    world.clock.advance(35 * DAY);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    let later = world.core.clock.now().plus_seconds(90 * DAY);
    let patch = KeyPatch { expires_at: Some(Some(later)), ..KeyPatch::default() };
    keys::update(&world.core, &world.acme(Role::Developer), "acme", &id, patch).await.unwrap();
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    world.clock.advance(84 * DAY);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
    // revoked: its end is told no more
    revoke(&world, &id).await;
    world.clock.advance(5 * DAY + DAY / 2);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn viewers_read_and_strangers_do_not() {
    let world = World::new().await;
    let list = async |caller: &Caller| notices::list(&world.core, caller, "acme", &page()).await;
    assert!(list(&world.acme(Role::Viewer)).await.is_ok());
    assert!(matches!(list(&world.globex(Role::Owner)).await, Err(Error::NotFound)));
    let settings = notices::settings(&world.core, &world.acme(Role::Developer), "acme").await;
    assert!(matches!(settings, Err(Error::Forbidden(_))));
    let kinds = vec![NoticeKind::Leak];
    let chosen = notices::set_email_kinds(&world.core, &world.acme(Role::Developer), "acme", kinds.clone()).await;
    assert!(matches!(chosen, Err(Error::Forbidden(_))));
    let twice = [kinds.clone(), kinds.clone()].concat();
    notices::set_email_kinds(&world.core, &world.acme(Role::Admin), "acme", twice).await.unwrap();
    let settings = notices::settings(&world.core, &world.acme(Role::Admin), "acme").await.unwrap();
    assert_eq!(settings.email_kinds, kinds);
    // a program reads no mails and marks nothing
    let wants = notices::set_wants_mail(&world.core, &world.acme(Role::Owner), "acme", true).await;
    assert!(matches!(wants, Err(Error::Forbidden(_))));
    let id = "ntc_0000000000000001".parse().unwrap();
    assert!(matches!(
        notices::mark_read(&world.core, &world.acme(Role::Owner), "acme", &id).await,
        Err(Error::Forbidden(_))
    ));
}

/// An admin of `acme` whose address is verified.
async fn admin(world: &World, name: &str) -> (Caller, UserId) {
    use latchkey_core::accounts::{self, Identity};
    let identity = Identity {
        issuer: "https://idp.example".to_owned(),
        subject: name.to_owned(),
        name: name.to_owned(),
        email: Some(format!("{name}@acme.example")),
        email_verified: true,
    };
    let user = accounts::sign_in(&world.core, identity, None).await.unwrap().id;
    let caller = Caller { actor: Actor::User { id: user.clone(), operator: false }, ip: None };
    let (owner, address) = (world.acme(Role::Owner), format!("{name}@acme.example"));
    let invited = latchkey_core::orgs::invite(&world.core, &owner, "acme", &address, Role::Admin).await.unwrap();
    latchkey_core::orgs::accept_invitation(&world.core, &caller, invited.token.expose()).await.unwrap();
    (caller, user)
}

#[tokio::test]
async fn people_mark_what_they_have_read() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let ((ada, _), (ben, _)) = (admin(&world, "ada").await, admin(&world, "ben").await);
    let unread = async |who: &Caller| notices::unread(&world.core, who, &world.acme.id).await.unwrap();
    for number in 0..3 {
        let row = AuditEntry { target_id: number.to_string(), ..world.audit(Some(&world.acme.id), "leak.report") };
        world.store.insert_audit(&row).await.unwrap();
        notices::derive(&world.core).await.unwrap();
        world.clock.advance(1);
    }
    assert_eq!((unread(&ada).await, unread(&ben).await), (3, 3));
    let list = notices::list(&world.core, &ada, "acme", &page()).await.unwrap();
    notices::mark_read(&world.core, &ada, "acme", &list.listed.items[1].id).await.unwrap();
    let list = notices::list(&world.core, &ada, "acme", &page()).await.unwrap();
    let read: Vec<bool> = list.listed.items.iter().map(|one| list.read_until.as_ref().unwrap().covers(one)).collect();
    assert_eq!(read, [false, true, true]);
    assert_eq!((unread(&ada).await, unread(&ben).await, unread(&world.acme(Role::Owner)).await), (1, 3, 0));
}

#[tokio::test]
async fn mails_are_gathered_for_a_minute_and_sent_to_who_wants_them() {
    let world = World::new().await;
    world.mailer.configure();
    notices::derive(&world.core).await.unwrap();
    let ((ada, ada_id), (_, _)) = (admin(&world, "ada").await, admin(&world, "ben").await);
    notices::set_wants_mail(&world.core, &ada, "acme", true).await.unwrap();
    let leak = async |target: &str| {
        let row = AuditEntry { target_id: target.to_owned(), ..world.audit(Some(&world.acme.id), "leak.report") };
        world.store.insert_audit(&row).await.unwrap();
        notices::derive(&world.core).await.unwrap();
    };
    leak("one").await;
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.mailer.take(), []);
    leak("two").await;
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    let mails = world.mailer.take();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!((mails[0].to.as_str(), mails[0].subject.as_str()), ("ada@acme.example", "acme: 2 notices"));
    for expected in ["test one", "test two", "https://portal.example/orgs/acme/notices"] {
        assert!(mails[0].text.contains(expected), "{expected}: {}", mails[0].text);
    }
    // one alone says what it is about
    leak("three").await;
    world.clock.advance(60);
    world.mailer.fail(Some(MailError::NoAnswer));
    deliveries::deliver(&world.core).await.unwrap();
    world.mailer.fail(None);
    world.clock.advance(6);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.mailer.take()[0].subject, "acme: A leak of test three was reported");
    // what the server refuses for good is a dead letter, which can be sent again
    leak("four").await;
    world.clock.advance(60);
    world.mailer.fail(Some(MailError::Refused(Some(550))));
    deliveries::deliver(&world.core).await.unwrap();
    let dead = deliveries::list_mails(&world.core, &ada, "acme", &page()).await.unwrap().items.remove(0);
    assert_eq!((dead.state, dead.last_status), (deliveries::DeliveryState::Failed, Some(550)));
    world.mailer.fail(None);
    deliveries::send_mail_again(&world.core, &ada, "acme", &dead.id).await.unwrap();
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.mailer.take().len(), 1);
    // who is no admin any more gets nothing, not even what is on its way
    leak("five").await;
    world
        .store
        .set_member_role(&world.acme.id, &ada_id, Role::Admin, Role::Viewer, &world.audit(None, "x"))
        .await
        .unwrap();
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    assert_eq!(world.mailer.take(), []);
    assert!(world.store.find_user(&ada_id).await.unwrap().is_some());
}

#[tokio::test]
async fn the_organisation_chooses_what_goes_by_mail() {
    let world = World::new().await;
    world.mailer.configure();
    notices::derive(&world.core).await.unwrap();
    let (ada, _) = admin(&world, "ada").await;
    notices::set_wants_mail(&world.core, &ada, "acme", true).await.unwrap();
    notices::set_email_kinds(&world.core, &ada, "acme", vec![NoticeKind::Revoked]).await.unwrap();
    let row = world.audit(Some(&world.acme.id), "leak.report");
    world.store.insert_audit(&row).await.unwrap();
    let id = key(&world, "checkout", None).await;
    revoke(&world, &id).await;
    notices::derive(&world.core).await.unwrap();
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    let mails = world.mailer.take();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("“checkout” was revoked"), "{mails:?}");
}

// F-28
#[tokio::test]
async fn hostile_names_stay_on_one_line_of_a_mail() {
    let world = World::new().await;
    world.mailer.configure();
    notices::derive(&world.core).await.unwrap();
    let (ada, _) = admin(&world, "ada").await;
    notices::set_wants_mail(&world.core, &ada, "acme", true).await.unwrap();
    let row = AuditEntry {
        target_type: "x\r\nBcc: evil@example.com".to_owned(),
        target_id: "y\nhello".to_owned(),
        ..world.audit(Some(&world.acme.id), "leak.report")
    };
    world.store.insert_audit(&row).await.unwrap();
    notices::derive(&world.core).await.unwrap();
    world.clock.advance(60);
    deliveries::deliver(&world.core).await.unwrap();
    let mail = world.mailer.take().remove(0);
    assert!(!mail.subject.chars().any(char::is_control), "{mail:?}");
    assert!(!mail.text.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("hello")), "{mail:?}");
}

#[tokio::test]
async fn management_keys_are_told_of_too() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let owner = world.acme(Role::Owner);
    let end: Timestamp = world.core.clock.now().plus_seconds(31 * DAY);
    let new = management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: Some(end) };
    let made = management_keys::create(&world.core, &owner, Some("acme"), new).await.unwrap().key;
    world.clock.advance(2 * DAY);
    notices::expiring(&world.core).await.unwrap();
    management_keys::revoke(&world.core, &owner, Some("acme"), &made.id).await.unwrap();
    world.clock.advance(1);
    notices::derive(&world.core).await.unwrap();
    let mut found = told(&world).await;
    found.sort();
    assert_eq!(found, ["Management key “ci” expires within 30 days", "Management key “ci” was revoked"]);
}
