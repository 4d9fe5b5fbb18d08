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

// contract section 8: wherever a member is missing, doubled, null or of another type, it is named
#[tokio::test]
async fn misfits_are_422_and_named_wherever_they_stand() {
    let world = World::new().await;
    let send = async |method: &str, path: &str, body: &str| {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", world.owner()))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_owned()))
            .unwrap();
        let answer = world.send(request).await.expect(422);
        answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let (keys, apis) = ("/api/v1/orgs/acme/keys", "/api/v1/orgs/acme/apis");
    let rest = r#""kind":"api_key","name":"k","api":"https://orders.example""#;
    for (path, body, pointer) in [
        (keys, r#"{"kind":"api_key","name":"k"}"#.to_owned(), "/api"),
        (keys, "{}".to_owned(), "/kind"),
        (keys, format!(r#"{{{rest},"name":"k"}}"#), "/name"),
        (keys, format!(r#"{{{rest},"metadata":{{"a":1,"a":2}}}}"#), "/metadata/a"),
        (keys, format!(r#"{{{rest},"rate_limits":[{{"limit":1,"window_seconds":1}}]}}"#), "/rate_limits/0/name"),
        (keys, format!(r#"{{{rest},"rate_limits":[["a",1,60]]}}"#), "/rate_limits/0"),
        (keys, format!(r#"{{{rest},"credits":{{"remaining":1,"refill":[1,"day"]}}}}"#), "/credits/refill"),
        (keys, format!(r#"{{{rest},"credits":{{"remaining":1,"refill":{{"amount":1}}}}}}"#), "/credits/refill/every"),
        (keys, r#"{"kind":null,"name":"k","api":"a"}"#.to_owned(), "/kind"),
        (keys, r#"{"kind":{"api_key":null},"name":"k","api":"a"}"#.to_owned(), "/kind"),
        (apis, r#"{"name":"n","audience":"urn:n","scopes":[["a"]]}"#.to_owned(), "/scopes/0"),
        (apis, r#"{"name":"n","audience":"urn:n","scopes":[{"description":"d"}]}"#.to_owned(), "/scopes/0/name"),
        ("/api/v1/orgs/acme/workload-rules/test", "{}".to_owned(), "/token"),
        ("/api/v1/orgs/acme/keys/import", r#"{"items":[{"name":"k","api":"a"}]}"#.to_owned(), "/items/0/secret"),
    ] {
        assert_eq!(send("POST", path, &body).await, pointer, "{body}");
    }

    // a null that empties nothing would be a change that its author believes in
    let patches = [
        ("/orgs/acme".to_owned(), &["name", "slug", "settings", "security_tier"][..]),
        (
            format!("/orgs/acme/apis/{}", world.api),
            &["name", "visibility", "scopes", "token_ttl_seconds", "principals"],
        ),
        (format!("/orgs/acme/keys/{}", world.key), &["name", "scopes", "operations"]),
        (format!("/orgs/acme/apps/{}", world.client), &["name", "grants", "auth_method", "token_binding"]),
        (format!("/orgs/acme/service-accounts/{}", world.service_account), &["name", "roles"]),
        (format!("/orgs/acme/webhooks/{}", world.webhook), &["url", "kinds", "enabled"]),
    ];
    for (path, members) in patches {
        for member in members {
            let body = json!({ *member: null }).to_string();
            assert_eq!(send("PATCH", &format!("/api/v1{path}"), &body).await, format!("/{member}"), "{path}");
        }
    }
    let consumer = format!("/api/v1/orgs/acme/apis/{}/consumers/globex", world.api);
    assert_eq!(send("PUT", &consumer, r#"{"scopes":null}"#).await, "/scopes");
}

#[tokio::test]
async fn what_is_no_json_is_400_and_what_is_too_large_413() {
    let world = World::new().await;
    let send_to = async |path: &str, content_type: &str, body: String| {
        let request = axum::http::Request::post(path)
            .header("authorization", format!("Bearer {}", world.owner()))
            .header("content-type", content_type)
            .body(axum::body::Body::from(body))
            .unwrap();
        world.send(request).await.status
    };
    let send = async |content_type: &str, body: String| send_to("/api/v1/orgs/acme/keys", content_type, body).await;
    // where the body may be missing, one that is there is JSON as everywhere
    let disable = format!("/api/v1/orgs/acme/keys/{}/disable", world.key);
    assert_eq!(send_to(&disable, "text/plain", "{}".to_owned()).await, 415);
    assert_eq!(send_to(&disable, "text/plain", String::new()).await, 200);
    assert_eq!(send_to(&disable, "application/json", "[]".to_owned()).await, 400);
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
