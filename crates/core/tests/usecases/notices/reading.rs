//! Who reads notices, and what they have read.

use latchkey_core::audit::AuditEntry;
use latchkey_core::notices::{self, NoticeKind};
use latchkey_core::ports::AuditStore;
use latchkey_core::{Caller, Error};
use latchkey_types::Role;

use super::admin;
use crate::setup::{World, page};

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
