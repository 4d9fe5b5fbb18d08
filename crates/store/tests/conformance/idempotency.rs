use futures::future::join_all;
use latchkey_core::ports::{IdempotencyRecord, IdempotencyStart};
use latchkey_types::Timestamp;

use crate::fixture::{Fixture, NOW, management_key};

async fn caller(fixture: &Fixture) -> String {
    let key = management_key("mk", None);
    fixture.store.insert_management_key(&key, &fixture.audit("management_key.create")).await.unwrap();
    key.key.id.to_string()
}

async fn start(fixture: &Fixture, caller: &str, request: u8, now: Timestamp) -> IdempotencyStart {
    fixture.store.start_idempotent(caller, "k", &[request; 32], now).await.unwrap()
}

// F-38
pub async fn the_same_call_gets_the_same_answer(fixture: &Fixture) {
    let caller = caller(fixture).await;
    assert_eq!(start(fixture, &caller, 1, NOW).await, IdempotencyStart::First);
    for record in [
        IdempotencyRecord::InProgress,
        IdempotencyRecord::Answered { status: 201, body: "{\"id\":1}".to_owned() },
        IdempotencyRecord::MadeSecret { id: "key_1".to_owned() },
    ] {
        fixture.store.finish_idempotent(&caller, "k", &record).await.unwrap();
        assert_eq!(start(fixture, &caller, 1, NOW).await, IdempotencyStart::Again(record));
        assert_eq!(start(fixture, &caller, 2, NOW).await, IdempotencyStart::OtherRequest);
    }
    let day = NOW.plus_seconds(86_400);
    assert_ne!(start(fixture, &caller, 1, day.plus_millis(-1)).await, IdempotencyStart::First);
    assert_eq!(start(fixture, &caller, 2, day).await, IdempotencyStart::First);
    assert_eq!(start(fixture, &caller, 2, day).await, IdempotencyStart::Again(IdempotencyRecord::InProgress));
}

// F-17, F-38
pub async fn of_parallel_calls_one_is_first(fixture: &Fixture) {
    let caller = caller(fixture).await;
    let starts = (0..12).map(|_| {
        let (store, caller) = (fixture.store.clone(), caller.clone());
        tokio::spawn(async move { store.start_idempotent(&caller, "k", &[1; 32], NOW).await.unwrap() })
    });
    let first =
        join_all(starts).await.into_iter().filter(|start| *start.as_ref().unwrap() == IdempotencyStart::First).count();
    assert_eq!(first, 1);
}

pub async fn keys_come_free(fixture: &Fixture) {
    let caller = caller(fixture).await;
    assert_eq!(start(fixture, &caller, 1, NOW).await, IdempotencyStart::First);
    fixture.store.abandon_idempotent(&caller, "k").await.unwrap();
    assert_eq!(start(fixture, &caller, 2, NOW).await, IdempotencyStart::First);
    assert_eq!(fixture.store.delete_idempotent_before(NOW).await.unwrap(), 0);
    assert_eq!(fixture.store.delete_idempotent_before(NOW.plus_millis(1)).await.unwrap(), 1);
    assert!(fixture.store.finish_idempotent(&caller, "k", &IdempotencyRecord::InProgress).await.is_err());
}
