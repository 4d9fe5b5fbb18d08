//! Bodies that aren't good: which member, which status.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{new_api, new_app, new_key};

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

// contract section 8; API3, ASVS 15.3.3: unknown and unsupported members are refused and named
#[tokio::test]
async fn bad_members_are_422_and_named() {
    let world = World::new().await;
    let (keys, apis, apps) = ("/api/v1/orgs/acme/keys", "/api/v1/orgs/acme/apis", "/api/v1/orgs/acme/apps");
    let api = || new_api("https://new.example");
    let cases = [
        (keys, with(new_key(), "nonsense", json!(1)), "/nonsense"),
        (keys, with(new_key(), "id", json!("key_0000000000000000")), "/id"),
        (keys, with(new_key(), "rate_limits", json!([{}])), "/rate_limits/0"),
        (keys, with(new_key(), "credits", json!({ "remaining": -1 })), "/credits/remaining"),
        (keys, with(new_key(), "operations", json!(["nope"])), "/operations"),
        (keys, with(new_key(), "kind", json!("app")), "/kind"),
        (keys, with(new_key(), "environment", json!("staging")), "/environment"),
        (keys, with(new_key(), "scopes", json!(["nope"])), "/scopes"),
        (keys, with(new_key(), "expires_at", json!("2020-01-01T00:00:00Z")), "/expires_at"),
        (keys, with(new_key(), "expires_at", json!("soon")), "/expires_at"),
        (keys, with(new_key(), "api", json!("https://nowhere.example")), "/api"),
        (keys, with(new_key(), "name", json!("")), "/name"),
        (keys, with(new_key(), "name", json!("a\0b")), "/name"),
        (keys, with(new_key(), "allowed_ips", json!(["here"])), "/allowed_ips"),
        (apis, with(api(), "signing_alg", json!("HS256")), "/signing_alg"),
        (apis, with(api(), "token_format", json!("paseto")), "/token_format"),
        (apis, with(api(), "token_ttl_seconds", json!(59)), "/token_ttl_seconds"),
        (apis, with(api(), "audience", json!("orders")), "/audience"),
        (apps, with(new_app(), "auth_method", json!("private_key_jwt")), "/jwks"),
        (apps, with(new_app(), "tokens_per_day", json!(0)), "/tokens_per_day"),
        (apps, with(new_app(), "repeated_request", json!("any")), "/repeated_request"),
        (apps, with(new_app(), "jwks", json!({})), "/jwks"),
        (apps, with(new_app(), "certificate", json!("x")), "/certificate"),
    ];
    for (path, body, pointer) in cases {
        let answer = world.post(path, world.owner(), &body).await;
        assert_eq!(answer.status, 422, "{pointer}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let named = answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        assert!(named == pointer || named.starts_with(&format!("{pointer}/")), "{pointer}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_400_and_what_is_too_large_413() {
    let world = World::new().await;
    let send = async |content_type: &str, body: String| {
        let request = axum::http::Request::post("/api/v1/orgs/acme/keys")
            .header("authorization", format!("Bearer {}", world.owner()))
            .header("content-type", content_type)
            .body(axum::body::Body::from(body))
            .unwrap();
        world.send(request).await.status
    };
    assert_eq!(send("application/json", "{".to_owned()).await, 400);
    assert_eq!(send("text/plain", "{}".to_owned()).await, 415);
    assert_eq!(send("application/json", "x".repeat(1024 * 1024 + 1)).await, 413);
}

// null empties, absent leaves
#[tokio::test]
async fn a_patch_tells_null_from_absent() {
    let world = World::new().await;
    let path = format!("/api/v1/orgs/acme/keys/{}", world.key);
    let patched = world.call("PATCH", &path, world.owner(), &json!({ "name": "till" })).await.expect(200).json();
    assert_eq!((&patched["name"], &patched["owner"]), (&json!("till"), &json!("customer_42")));
    assert_eq!(patched["expires_at"], "2027-06-01T00:00:00Z");
    let patched = world
        .call("PATCH", &path, world.owner(), &json!({ "owner": null, "expires_at": null }))
        .await
        .expect(200)
        .json();
    assert_eq!((&patched["owner"], &patched["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!((&patched["name"], &patched["metadata"]), (&json!("till"), &json!({ "plan": "pro" })));
}

#[tokio::test]
async fn what_does_not_go_together_is_409() {
    let world = World::new().await;
    let key = format!("/api/v1/orgs/acme/keys/{}", world.key);
    world.post(&format!("{key}/revoke"), world.owner(), &Value::Null).await.expect(200);
    world.post(&format!("{key}/revoke"), world.owner(), &Value::Null).await.expect(200);
    let app = format!("/api/v1/orgs/acme/apps/{}/secrets", world.client);
    world.post(&app, world.owner(), &Value::Null).await.expect(201);
    let cases = [
        ("POST", format!("{key}/enable"), Value::Null, "already-revoked"),
        ("POST", format!("{key}/rotate"), Value::Null, "already-revoked"),
        ("POST", app, Value::Null, "too-many-secrets"),
        ("POST", "/api/v1/orgs/acme/apis".to_owned(), new_api("https://orders.example"), "audience-taken"),
        ("DELETE", format!("/api/v1/orgs/acme/apis/{}", world.api), Value::Null, "live-credentials"),
    ];
    for (method, path, body, word) in cases {
        let answer = world.call(method, &path, world.owner(), &body).await.expect(409);
        assert_eq!(answer.text("type"), format!("urn:latchkey:problem:{word}"));
    }
    let rotate = world.post("/api/v1/operator/signing-keys/rotate", &world.operator, &Value::Null).await.expect(409);
    assert_eq!(rotate.text("type"), "urn:latchkey:problem:not-yet-published");
}
