//! `POST /v1/verify` where the answer can't be known, where somebody guesses, and codes that take a special scene.

use std::time::Duration;

use latchkey_core::operator;
use latchkey_types::secret::{SecretKind, compose};
use serde_json::{Value, json};

use crate::world::new_bodies::new_key;
use crate::world::{Answer, COMMAND_LINE, World};

async fn ask(world: &World, verification_key: &str, credential: &str) -> Answer {
    world.post("/v1/verify", verification_key, &json!({ "credential": credential })).await
}

/// A secret of this id that was never handed out.
fn wrong(kind: SecretKind, id: &str, number: u8) -> String {
    compose("lk", kind, id, &[number; 32])
}

/// 429 with a problem document; answers the seconds to wait.
#[track_caller]
fn too_many(answer: Answer) -> u64 {
    let answer = answer.expect(429);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    answer.header("retry-after").parse().unwrap()
}

// contract section 4, F-06: never a guess
#[tokio::test]
async fn a_lost_database_is_503_for_what_is_not_known() {
    let world = World::new().await;
    let (gateway, known) = (&world.verification_key, &world.key_secret);
    assert_eq!(world.verify(gateway, known).await["code"], "VALID");
    world.store.close().await;
    assert_eq!(world.verify(gateway, known).await["code"], "VALID", "seen and still fresh");

    let unknown = |answer: Answer| {
        let answer = answer.expect(503);
        assert_eq!((answer.header("retry-after"), answer.header("content-type")), ("1", "application/problem+json"));
        assert!(answer.json().get("valid").is_none());
    };
    unknown(ask(&world, gateway, &world.foreign_key_secret).await);
    unknown(ask(&world, gateway, &wrong(SecretKind::Live, "0000000000000000", 1)).await);
    unknown(ask(&world, &wrong(SecretKind::Verify, "0000000000000000", 1), known).await);
    // what needs no look-up is still known
    assert_eq!(world.verify(gateway, "lk_live_x").await["code"], "MALFORMED");

    // LATCHKEY_MAX_STALENESS: two seconds, to the millisecond
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.verify(gateway, known).await["code"], "VALID");
    world.clock.advance(Duration::from_millis(1));
    unknown(ask(&world, gateway, known).await);
    assert_eq!(world.get("/health/ready", "").await.status, 503);
    assert_eq!(world.get("/health/live", "").await.status, 200);
}

// contract section 4, F-23: only first sights of wrong secrets are slowed down, by verification key and id
#[tokio::test]
async fn guessing_a_secret_is_429() {
    let world = World::new().await;
    let (gateway, id) = (&world.verification_key, &world.key[4..]);
    assert_eq!(world.verify(gateway, &world.key_secret).await["code"], "VALID");
    for number in 0..10 {
        assert_eq!(world.verify(gateway, &wrong(SecretKind::Live, id, number)).await["code"], "NOT_FOUND");
    }
    let wait = too_many(ask(&world, gateway, &wrong(SecretKind::Live, id, 10)).await);
    assert!((1..=10).contains(&wait), "{wait}");
    // who has the right one goes on, and so do other credentials
    assert_eq!(world.verify(gateway, &world.key_secret).await["code"], "VALID");
    assert_eq!(world.verify(gateway, &world.foreign_key_secret).await["code"], "VALID");
    world.wait(wait).await;
    assert_eq!(world.verify(gateway, &wrong(SecretKind::Live, id, 11)).await["code"], "NOT_FOUND");
}

// F-23: ids cost nothing to make up, so that a whole verification key is slowed down, for unknown ids alone
#[tokio::test]
async fn guessing_ids_is_429() {
    let world = World::new().await;
    let unknown = |number: usize| wrong(SecretKind::Live, &format!("{number:016}"), 1);
    for number in 0..100 {
        assert_eq!(world.verify(&world.verification_key, &unknown(number)).await["code"], "NOT_FOUND");
    }
    too_many(ask(&world, &world.verification_key, &unknown(100)).await);
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "VALID", "a known id");
}

#[tokio::test]
async fn guessing_a_verification_key_is_429() {
    let world = World::new().await;
    let id = &world.verification_key_id[3..];
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "VALID");
    for number in 0..10 {
        ask(&world, &wrong(SecretKind::Verify, id, number), &world.key_secret).await.expect(401);
    }
    too_many(ask(&world, &wrong(SecretKind::Verify, id, 10), &world.key_secret).await);
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "VALID");
}

// F-09, contract section 10: 30 seconds of leeway on nbf and iat
#[tokio::test]
async fn a_token_of_the_future_is_not_yet_valid() {
    let world = World::new().await;
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    let key = world.post("/api/v1/orgs/acme/keys", world.owner(), &new).await.expect(201);
    world.clock.set_back(Duration::from_secs(30));
    assert_eq!(world.verify(&world.verification_key, &key.text("jwt")).await["code"], "VALID");
    world.clock.set_back(Duration::from_secs(1));
    let expected = json!({ "valid": false, "code": "NOT_YET_VALID", "credential": { "id": key.text("id") } });
    assert_eq!(world.verify(&world.verification_key, &key.text("jwt")).await, expected);
}

// contract section 10, "Who owns what"
#[tokio::test]
async fn a_suspended_organisations_credentials_say_so() {
    let world = World::new().await;
    let ask = async || world.verify(&world.verification_key, &world.foreign_key_secret).await;
    assert_eq!(ask().await["code"], "VALID");
    operator::set_suspended(&world.core, &COMMAND_LINE, "globex", true).await.unwrap();
    let expected =
        json!({ "valid": false, "code": "ORGANISATION_SUSPENDED", "credential": { "id": world.foreign_key } });
    assert_eq!(ask().await, expected);
    // before DISABLED, after REVOKED
    let path = format!("/api/v1/orgs/globex/keys/{}", world.foreign_key);
    world.post(&format!("{path}/disable"), &world.foreign, &Value::Null).await.expect(200);
    assert_eq!(ask().await["code"], "ORGANISATION_SUSPENDED");
    world.post(&format!("{path}/revoke"), &world.foreign, &Value::Null).await.expect(200);
    assert_eq!(ask().await["code"], "REVOKED");
}
