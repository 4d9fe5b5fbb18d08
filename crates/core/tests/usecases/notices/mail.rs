//! Notices that go by mail.

use latchkey_core::audit::AuditEntry;
use latchkey_core::deliveries;
use latchkey_core::notices::{self, NoticeKind};
use latchkey_core::ports::{AccountStore, AuditStore, MailError, OrgStore};
use latchkey_types::Role;

use super::{admin, key, revoke};
use crate::setup::{World, page};

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
