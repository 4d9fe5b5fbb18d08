//! `POST /v1/action-tokens/redeem`, and the calls that come of it.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/v1/action-tokens/redeem";

async fn redeem(world: &World, token: &str) -> crate::world::Answer {
    world.post(PATH, "", &json!({ "token": token })).await
}

async fn made(world: &World, more: Value) -> Value {
    let mut new = json!({ "api": world.api, "scopes": ["orders:read"], "purpose": "confirm-order" });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.post("/api/v1/orgs/acme/action-tokens", world.owner(), &new).await.expect(201).json()
}

// contract sections 8 and 10: the whole answer; A7
#[tokio::test]
async fn a_token_is_swapped_once() {
    let world = World::new().await;
    let answer = redeem(&world, &world.action_token_secret).await.expect(200);
    assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("no-store", "*"));
    let issued = answer.json();
    let names: Vec<_> = issued.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!((&issued["token_type"], &issued["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(issued["scope"], "orders:read");

    let known = world.verify(&world.verification_key, issued["access_token"].as_str().unwrap()).await;
    assert_eq!((&known["code"], &known["purpose"]), (&json!("VALID"), &json!("confirm-order")));
    assert_eq!((&known["subject"], &known["credential"]["kind"]), (&json!(world.action_token), &json!("access_token")));

    let again = redeem(&world, &world.action_token_secret).await.expect(400);
    assert_eq!((&again.json()["error"], again.header("cache-control")), (&json!("invalid_grant"), "no-store"));
    let path = format!("/api/v1/orgs/acme/action-tokens/{}", world.action_token);
    let shown = world.get(&path, world.owner()).await.expect(200).json();
    assert_eq!((&shown["status"], shown.get("secret")), (&json!("redeemed"), None));
    world.post(&format!("{path}/revoke"), world.owner(), &json!({ "reason": "x" })).await.expect(200);
    let ended = world.verify(&world.verification_key, issued["access_token"].as_str().unwrap()).await;
    assert_eq!(ended["code"], "REVOKED");
}

// A8: RFC 6749 section 5.2, and nothing of the request in it (F-19)
#[tokio::test]
async fn errors_are_those_of_a_token_endpoint() {
    let world = World::new().await;
    let send = async |content_type: &str, body: &str| {
        let request = Request::post(PATH).header(header::CONTENT_TYPE, content_type);
        world.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    for (content_type, body, error) in [
        ("application/json", r#"{"token":"canary"}"#, "invalid_grant"),
        ("application/json", r#"{"token":""}"#, "invalid_grant"),
        ("application/json", "canary", "invalid_request"),
        ("application/json", "{}", "invalid_request"),
        ("application/json", r#"["canary"]"#, "invalid_request"),
        ("application/json", r#"{"token":1}"#, "invalid_request"),
        ("application/json", r#"{"token":"canary","more":1}"#, "invalid_request"),
        ("application/json", r#"{"token":"canary","token":"canary"}"#, "invalid_request"),
        ("text/plain", r#"{"token":"canary"}"#, "invalid_request"),
        ("application/x-www-form-urlencoded", "token=canary", "invalid_request"),
    ] {
        let answer = send(content_type, body).await.expect(400);
        assert_eq!(answer.json()["error"], error, "{body}");
        assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("no-store", "*"));
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"), "{body}");
    }
    let large = format!(r#"{{"token":"{}"}}"#, "x".repeat(64 * 1024));
    assert_eq!(send("application/json", &large).await.expect(413).json()["error"], "invalid_request");
}

// C13: pages of any origin, and never with what a browser adds by itself
#[tokio::test]
async fn browsers_may_call_it_from_any_page() {
    let world = World::new().await;
    let preflight = |path: &str| {
        Request::options(path)
            .header(header::ORIGIN, "https://shop.example")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type")
            .body(Body::empty())
            .unwrap()
    };
    let answer = world.send(preflight(PATH)).await.expect(204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert_eq!(answer.header("access-control-allow-headers"), "content-type");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    // and nothing else of the portal
    for path in ["/v1/verify", "/api/v1/whoami", "/api/v1/orgs/acme/action-tokens"] {
        let answer = world.send(preflight(path)).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    world.send(Request::get(PATH).body(Body::empty()).unwrap()).await.expect(405);
}

// contract section 8
#[tokio::test]
async fn members_that_are_not_good_are_named() {
    let world = World::new().await;
    let path = "/api/v1/orgs/acme/action-tokens";
    for (body, pointer) in [
        (json!({ "api": world.api, "purpose": "x", "expires_in_seconds": 0 }), "/expires_in_seconds"),
        (
            json!({ "api": world.api, "purpose": "x", "max_access_seconds": 9_223_372_036_854_775_807_i64 }),
            "/max_access_seconds",
        ),
        (json!({ "api": world.api, "purpose": "x", "scopes": ["nothing"] }), "/scopes/0"),
        (json!({ "api": world.api, "purpose": "" }), "/purpose"),
        (json!({ "api": "https://nowhere.example", "purpose": "x" }), "/api"),
        (json!({ "api": world.api, "purpose": "x", "subject": "ada" }), "/subject"),
    ] {
        let refused = world.post(path, world.owner(), &body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let short = made(&world, json!({ "expires_in_seconds": 60, "max_access_seconds": 5 })).await;
    assert_eq!(short["status"], "pending");
    let issued = redeem(&world, short["secret"].as_str().unwrap()).await.expect(200).json();
    assert_eq!(issued["expires_in"], 5);
}

// contract section 10, "Two tokens" and "Verify"
#[tokio::test]
async fn two_tokens_and_an_explanation() {
    let world = World::new().await;
    let issued = redeem(&world, &world.action_token_secret).await.expect(200).json();
    let own = issued["access_token"].as_str().unwrap();
    let ask = async |more: Value| {
        let mut question = json!({ "credential": world.key_secret, "scopes": ["orders:read"] });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("/v1/verify", &world.verification_key, &question).await.expect(200).json()
    };
    let both = ask(json!({ "scope_token": own })).await;
    assert_eq!((&both["code"], &both["subject"]), (&json!("VALID"), &json!(world.key)));
    assert_eq!(both["actor"], json!({ "subject": world.action_token, "client_id": world.action_token }));
    assert_eq!(ask(json!({ "scope_token": "nonsense" })).await, json!({ "valid": false, "code": "MALFORMED" }));

    let explained = ask(json!({ "explain": true })).await;
    let explanation = explained["explain"].as_object().unwrap();
    let names: Vec<_> = explanation.keys().map(String::as_str).collect();
    assert_eq!(names, ["age_ms", "decided_by", "revision", "rules", "source"]);
    assert_eq!((&explanation["decided_by"], &explanation["source"]), (&json!("all_checks"), &json!("cache")));
    let rule = json!({ "rule": "scope", "scope": "orders:read", "token": "credential", "grant": "own" });
    assert_eq!(explanation["rules"], json!([rule]));
    assert!(explanation["revision"].is_i64() && explanation["age_ms"].is_u64());

    let path = format!("/api/v1/orgs/acme/apis/{}", world.api);
    let changed = world.call("PATCH", &path, world.owner(), &json!({ "two_token": "both" })).await.expect(200).json();
    assert_eq!(changed["two_token"], "both");
    assert_eq!(ask(json!({})).await["missing_scopes"], json!(["orders:read"]));
    assert_eq!(ask(json!({ "scope_token": own })).await["scopes"], json!(["orders:read"]));
    world.call("PATCH", &path, world.owner(), &json!({ "two_token": "one" })).await.expect(422);
}
