//! `POST /v1/revoke`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_types::secret::{SecretKind, compose};
use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn revoke(world: &World, credential: &str) -> Answer {
    world.post("/v1/revoke", "", &json!({ "credential": credential })).await
}

async fn code(world: &World, credential: &str) -> Value {
    world.verify(&world.verification_key, credential).await["code"].clone()
}

#[tokio::test]
async fn who_holds_a_secret_may_end_it() {
    let world = World::new().await;
    assert_eq!(code(&world, &world.key_secret).await, "VALID");
    let answer = revoke(&world, &world.key_secret).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(code(&world, &world.key_secret).await, "REVOKED", "at once, also what was remembered");
    // again, unknown, malformed: all alike
    let unknown = compose("lk", SecretKind::Live, "0000000000000000", &[1; 32]);
    let wrong = compose("lk", SecretKind::Live, &world.key[4..], &[1; 32]);
    for other in [world.key_secret.as_str(), &unknown, &wrong, "x", "", "a.b.c"] {
        let again = revoke(&world, other).await.expect(200);
        assert_eq!(again.body, answer.body, "{other}");
    }
    let audit = world.get("/api/v1/orgs/acme/audit?action=key.revoke", world.owner()).await.expect(200).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
    let row = &audit["items"][0];
    assert_eq!(row["target"], json!({ "type": "key", "id": world.key }));
    assert_eq!((row["detail"]["by"].as_str(), row["detail"]["whole_key"].as_bool()), (Some("possession"), Some(true)));
    assert_eq!((row["actor"]["type"].as_str(), row["ip"].as_str()), (Some("holder"), Some("203.0.113.9")));
}

#[tokio::test]
async fn of_two_secrets_that_one_ends() {
    let world = World::new().await;
    let rotate = json!({ "overlap_seconds": 86_400 });
    let path = format!("/api/v1/orgs/acme/keys/{}/rotate", world.key);
    let new = world.post(&path, world.owner(), &rotate).await.expect(201).text("secret");
    revoke(&world, &new).await.expect(200);
    assert_eq!((code(&world, &new).await, code(&world, &world.key_secret).await), (json!("REVOKED"), json!("VALID")));
    // it can be rotated again: the key goes on
    let third = world.post(&path, world.owner(), &rotate).await.expect(201).text("secret");
    assert_eq!(code(&world, &third).await, "VALID");
}

#[tokio::test]
async fn tokens_keys_and_client_secrets() {
    let world = World::new().await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
    let ask = async || world.token(&[("authorization", &basic)], "grant_type=client_credentials").await;
    let token = ask().await.expect(200).text("access_token");
    let second = format!("/api/v1/orgs/acme/apps/{}/secrets", world.client);
    let second = world.post(&second, world.owner(), &Value::Null).await.expect(201).text("client_secret");
    assert_eq!(code(&world, &token).await, "VALID");
    for credential in [&token, &world.client_secret] {
        revoke(&world, credential).await.expect(200);
    }
    assert_eq!(code(&world, &token).await, "REVOKED");
    ask().await.expect(401);
    let other = format!("Basic {}", STANDARD.encode(format!("{}:{second}", world.client)));
    let token = world.token(&[("authorization", &other)], "grant_type=client_credentials").await.expect(200);
    assert_eq!(code(&world, &token.text("access_token")).await, "VALID", "that secret alone");

    let manage = world.key_of(latchkey_types::Role::Viewer).to_owned();
    world.get("/api/v1/whoami", &manage).await.expect(200);
    revoke(&world, &manage).await.expect(200);
    world.get("/api/v1/whoami", &manage).await.expect(401);
    revoke(&world, &world.verification_key).await.expect(200);
    let question = json!({ "credential": "x" });
    world.post("/v1/verify", &world.verification_key, &question).await.expect(401);
}

#[tokio::test]
async fn requests_that_are_not_good() {
    let world = World::new().await;
    for body in [json!({}), json!({ "credential": 1 }), json!({ "credential": "x", "reason": "y" }), json!(["x"])] {
        assert_eq!(world.post("/v1/revoke", "", &body).await.status, 400, "{body}");
    }
    let large = json!({ "credential": "x".repeat(64 * 1024) });
    world.post("/v1/revoke", "", &large).await.expect(413);
    assert_eq!(world.get("/v1/revoke", "").await.status, 405);
}

// F-22, F-23: guesses are slowed down, per secret's id and per network, and nothing is told apart by that
#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for number in 0..25 {
        let id = format!("{number:0>16}");
        answers.push(revoke(&world, &compose("lk", SecretKind::Live, &id, &[1; 32])).await);
    }
    assert!(answers[..20].iter().all(|answer| answer.status == 200));
    let refused = &answers[24];
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(revoke(&world, &world.key_secret).await.status, 429, "nothing is looked at");
    world.wait(30).await;
    revoke(&world, &world.key_secret).await.expect(200);
    assert_eq!(code(&world, &world.key_secret).await, "REVOKED");
}

// fosite CVE-2020-15223: what couldn't be stored is never called done
#[tokio::test]
async fn a_revocation_that_is_not_stored_is_503() {
    let world = World::new().await;
    world.app.store.close().await;
    let answer = revoke(&world, &world.key_secret).await.expect(503);
    assert!(!answer.header("retry-after").is_empty());
}
