//! Public keys of apps, and the members that go with them.

use latchkey_jose::{Jwk, SigningKey};
use serde_json::{Value, json};

use crate::world::World;

fn jwk(number: u8) -> Value {
    serde_json::to_value(Jwk::new(SigningKey::from_seed(&[number; 32]).public_key())).unwrap()
}

#[tokio::test]
async fn keys_live_and_end() {
    let world = World::new().await;
    let path = format!("/api/v1/orgs/acme/apps/{}/keys", world.client);
    let ends = "2027-06-01T00:00:00Z";
    let made = world.post(&path, world.owner(), &json!({ "jwk": jwk(1), "expires_at": ends })).await.expect(201);
    let made = made.json();
    assert_eq!((&made["kid"], &made["jwk"], &made["expires_at"]), (&jwk(1)["kid"], &jwk(1), &json!(ends)));
    assert_eq!(made["last_used_at"], Value::Null);
    let listed = world.get(&path, world.owner()).await.expect(200).json();
    assert!(listed["items"].as_array().unwrap().contains(&made), "{listed}");
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    world.call("DELETE", &one, world.owner(), &Value::Null).await.expect(204);
    world.call("DELETE", &one, world.owner(), &Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_is_no_public_key_is_named() {
    let world = World::new().await;
    let path = format!("/api/v1/orgs/acme/apps/{}/keys", world.client);
    let mut private = jwk(1);
    private["d"] = json!("canary");
    world.post(&path, world.owner(), &json!({ "jwk": jwk(2) })).await.expect(201);
    for (body, pointer) in [
        (json!({ "jwk": private }), "/jwk/d"),
        (json!({ "jwk": jwk(2) }), "/jwk"),
        (json!({ "jwk": { "kty": "oct" } }), "/jwk"),
        (json!({ "jwk": jwk(3), "expires_at": "2001-01-01T00:00:00Z" }), "/expires_at"),
        (json!({ "jwk": jwk(3), "kid": "x" }), "/kid"),
        (json!({}), "/jwk"),
    ] {
        let answer = world.post(&path, world.owner(), &body).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
    }
}

#[tokio::test]
async fn an_app_by_key_has_no_secret() {
    let world = World::new().await;
    let new = json!({
        "name": "worker", "auth_method": "private_key_jwt", "jwks": { "keys": [jwk(1)] }, "token_binding": "dpop",
        "grants": [{ "api": "https://orders.example", "exchange": ["impersonation"] }],
    });
    let made = world.post("/api/v1/orgs/acme/apps", world.owner(), &new).await.expect(201).json();
    assert_eq!(made.get("client_secret"), None);
    assert_eq!((&made["token_binding"], &made["secret_use"]), (&json!("dpop"), &json!("authenticate")));
    assert_eq!(made["grants"][0]["exchange"], json!(["impersonation"]));
    assert_eq!(made["jwks_uri"], Value::Null);
    let path = format!("/api/v1/orgs/acme/apps/{}", made["id"].as_str().unwrap());
    let refused = world.post(&format!("{path}/secrets"), world.owner(), &Value::Null).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/auth_method");
    let both = json!({ "jwks_uri": "https://app.example/jwks.json" });
    let refused = world.call("PATCH", &path, world.owner(), &both).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/jwks_uri");
    let moved = json!({ "jwks_uri": "https://app.example/jwks.json", "jwks": null });
    let moved = world.call("PATCH", &path, world.owner(), &moved).await.expect(200).json();
    assert_eq!(moved["jwks_uri"], "https://app.example/jwks.json");
    let keys = world.get(&format!("{path}/keys"), world.owner()).await.expect(200).json();
    assert_eq!(keys["items"], json!([]));
}

// F-38: an answer without a secret is kept for a repeated call, one with a secret is not
#[tokio::test]
async fn a_repeated_creation_without_a_secret_is_answered_again() {
    let world = World::new().await;
    let new = json!({ "name": "worker", "auth_method": "private_key_jwt", "jwks": { "keys": [jwk(1)] } });
    let call = async || {
        let mut request = crate::world::request("POST", "/api/v1/orgs/acme/apps", world.owner(), &new);
        request.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        world.send(request).await.expect(201).json()
    };
    assert_eq!(call().await["id"], call().await["id"]);
}
