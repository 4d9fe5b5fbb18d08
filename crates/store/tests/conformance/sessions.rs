use futures::future::join_all;
use latchkey_core::ports::{SessionRow, Slot, StoreError};
use latchkey_types::UserId;

use crate::fixture::{Fixture, NOW};

fn session(number: u8, user: Option<&UserId>) -> SessionRow {
    SessionRow {
        id_hash: [number; 32],
        user: user.cloned(),
        data: "{\"a\":1}".to_owned(),
        created_at: NOW,
        last_seen_at: NOW.plus_seconds(i64::from(number)),
        expires_at: NOW.plus_seconds(3_600),
        user_agent: Some("Browser".to_owned()),
        ip: Some("2001:db8::1".parse().unwrap()),
    }
}

// F-21
pub async fn a_session_lives_and_ends(fixture: &Fixture) {
    let user = fixture.user("user").await;
    let store = &fixture.store;
    let mut one = session(1, None);
    assert!(store.insert_session(&one).await.unwrap());
    assert!(!store.insert_session(&session(1, Some(&user))).await.unwrap());
    assert_eq!(store.find_session(&one.id_hash, NOW).await.unwrap(), Some(one.clone()));
    (one.user, one.data) = (Some(user), "{}".to_owned());
    store.save_session(&one).await.unwrap();
    store.touch_session(&one.id_hash, NOW.plus_seconds(60), None).await.unwrap();
    (one.last_seen_at, one.ip) = (NOW.plus_seconds(60), None);
    assert_eq!(store.find_session(&one.id_hash, NOW).await.unwrap(), Some(one.clone()));
    assert_eq!(store.find_session(&one.id_hash, NOW.plus_seconds(3_600)).await.unwrap(), None);
    store.delete_session(&one.id_hash).await.unwrap();
    store.delete_session(&one.id_hash).await.unwrap();
    assert_eq!(store.find_session(&one.id_hash, NOW).await.unwrap(), None);
    // a request that was under way when it ended doesn't bring it back
    store.save_session(&one).await.unwrap();
    assert_eq!(store.find_session(&one.id_hash, NOW).await.unwrap(), None);
}

// F-39
pub async fn sessions_of_a_person(fixture: &Fixture) {
    let (user, other) = (fixture.user("user").await, fixture.user("other").await);
    let store = &fixture.store;
    for number in 1..=4 {
        store.insert_session(&session(number, Some(if number == 4 { &other } else { &user }))).await.unwrap();
    }
    let listed = store.list_sessions(&user, NOW).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.id_hash[0]).collect::<Vec<_>>(), [3, 2, 1]);
    let audit = || fixture.audit("session.end");
    assert_eq!(store.end_other_sessions(&user, &[2; 32], &audit()).await.unwrap(), 2);
    assert_eq!(store.end_other_sessions(&user, &[2; 32], &audit()).await.unwrap(), 0);
    assert_eq!(fixture.audited("session.end").await, 1, "nothing ended, nothing is noted");
    assert_eq!(store.list_sessions(&user, NOW).await.unwrap(), [session(2, Some(&user))]);
    let foreign = store.end_session(&other, &[2; 32], &audit()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)), "{foreign:?}");
    store.end_session(&user, &[2; 32], &audit()).await.unwrap();
    assert_eq!(fixture.audited("session.end").await, 2);
    assert_eq!(store.list_sessions(&user, NOW).await.unwrap(), []);
    assert_eq!(store.list_sessions(&other, NOW).await.unwrap().len(), 1);
}

pub async fn a_slot_is_read_once(fixture: &Fixture) {
    let slot =
        |content: &[u8]| Slot { name_hash: [5; 32], content: content.to_vec(), expires_at: NOW.plus_seconds(60) };
    fixture.store.put_slot(&slot(b"old")).await.unwrap();
    fixture.store.put_slot(&slot(&[0, 255])).await.unwrap();
    assert_eq!(fixture.store.take_slot(&[6; 32], NOW).await.unwrap(), None);
    assert_eq!(fixture.store.take_slot(&[5; 32], NOW).await.unwrap(), Some(vec![0, 255]));
    assert_eq!(fixture.store.take_slot(&[5; 32], NOW).await.unwrap(), None);
    fixture.store.put_slot(&slot(b"late")).await.unwrap();
    assert_eq!(fixture.store.take_slot(&[5; 32], NOW.plus_seconds(60)).await.unwrap(), None);
}

// F-17
pub async fn of_two_readers_one_gets_the_slot(fixture: &Fixture) {
    for round in 0..10 {
        let slot = Slot { name_hash: [round; 32], content: vec![round], expires_at: NOW.plus_seconds(60) };
        fixture.store.put_slot(&slot).await.unwrap();
        let readers = (0..4).map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.take_slot(&[round; 32], NOW).await.unwrap() })
        });
        let got = join_all(readers).await.into_iter().filter(|got| got.as_ref().unwrap().is_some()).count();
        assert_eq!(got, 1);
    }
}

pub async fn expired_rows_go(fixture: &Fixture) {
    let store = &fixture.store;
    store.insert_session(&session(1, None)).await.unwrap();
    let mut longer = session(2, None);
    longer.expires_at = NOW.plus_seconds(3_601);
    store.insert_session(&longer).await.unwrap();
    store.put_slot(&Slot { name_hash: [5; 32], content: Vec::new(), expires_at: NOW }).await.unwrap();
    assert_eq!(store.delete_expired_sessions(NOW.plus_seconds(3_600)).await.unwrap(), 2);
    assert_eq!(store.find_session(&[2; 32], NOW).await.unwrap(), Some(longer));
}
