//! `POST /oauth/register` (RFC 7591), the tokens that let a program register clients, quotas and repeated requests.

use serde_json::{Value, json};

use super::introspect::basic;
use crate::app::{Options, TestApp};
use crate::world::{Answer, World, request};

const PATH: &str = "/oauth/register";
const TOKENS: &str = "/api/v1/orgs/acme/initial-access-tokens";

/// A token for `uses` clients that may read orders.
async fn token(world: &World, uses: i64) -> Answer {
    let grants = json!([{ "api": "https://orders.example", "scopes": ["orders:read", "orders:write"] }]);
    world.post(TOKENS, world.owner(), &json!({ "name": "cluster", "grants": grants, "uses": uses })).await.expect(201)
}

async fn secret(world: &World, uses: i64) -> String {
    token(world, uses).await.text("token")
}

#[track_caller]
fn error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
    answer.text("error")
}

// RFC 7591 section 3.2.1
#[tokio::test]
async fn a_program_registers_a_client_and_uses_it() {
    let world = World::new().await;
    let made = token(&world, 2).await;
    let members = json!({
        "client_name": "cart", "scope": "orders:read", "software_id": "cart", "software_version": "1",
        "grant_types": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "redirect_uris": [], "response_types": null, "contacts": ["ops@example.com"], "client_name#de": "Korb",
    });
    let answer = world.post(PATH, &made.text("token"), &members).await.expect(201);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let client = answer.json();
    let names: Vec<&str> = client.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "client_id",
            "client_id_issued_at",
            "client_name",
            "client_secret",
            "client_secret_expires_at",
            "dpop_bound_access_tokens",
            "grant_types",
            "response_types",
            "scope",
            "tls_client_certificate_bound_access_tokens",
            "token_endpoint_auth_method",
        ]
    );
    assert_eq!((&client["client_name"], &client["scope"]), (&json!("cart"), &json!("orders:read")));
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["response_types"], json!([]));
    assert_eq!(client["client_id_issued_at"], world.core.clock.now().as_seconds());

    let (name, value) = basic(&answer.text("client_id"), &answer.text("client_secret"));
    let issued = world.token(&[(name, &value)], "grant_type=client_credentials").await.expect(200);
    assert_eq!(issued.text("scope"), "orders:read");
    let app =
        world.get(&format!("/api/v1/orgs/acme/apps/{}", answer.text("client_id")), world.owner()).await.expect(200);
    assert_eq!(app.text("created_by"), made.text("id"));
    let audit = world.get("/api/v1/orgs/acme/audit?action=app.register", world.owner()).await.expect(200).json();
    assert_eq!(audit["items"][0]["actor"]["id"], made.json()["id"]);
    let listed = world.get(TOKENS, world.owner()).await.expect(200).json();
    assert_eq!((&listed["items"][0]["uses_left"], &listed["items"][0]["token"]), (&json!(1), &Value::Null));
}

// RFC 6750 section 3.1, B1, A9
#[tokio::test]
async fn without_a_token_that_holds_it_is_401() {
    let world = World::new().await;
    let one = secret(&world, 1).await;
    let spent = secret(&world, 1).await;
    world.post(PATH, &spent, &json!({})).await.expect(201);
    let revoked = token(&world, 1).await;
    let path = format!("{TOKENS}/{}", revoked.text("id"));
    world.call("DELETE", &path, world.owner(), &Value::Null).await.expect(204);
    world.call("DELETE", &path, world.owner(), &Value::Null).await.expect(204);
    let mut bodies = Vec::new();
    let keys = ["", "x", world.owner(), &world.verification_key, &world.client_secret, &spent, &revoked.text("token")];
    for key in keys {
        let answer = world.post(PATH, key, &json!({ "client_name": "canary" })).await;
        assert_eq!(error(&answer, 401), "invalid_token", "{key}");
        // B3: who sent nothing is told of no error
        let challenge = if key.is_empty() { "Bearer realm=\"latchkey\"" } else { "Bearer error=\"invalid_token\"" };
        assert_eq!(answer.header("www-authenticate"), challenge, "{key}");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all alike");
    let mut twice = request("POST", PATH, &one, &json!({}));
    let same = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", same);
    assert_eq!(error(&world.send(twice).await, 400), "invalid_request");
    let (name, value) = basic(&world.client, &world.client_secret);
    let other_scheme = world.form(PATH, &[(name, &value)], "").await;
    assert_eq!(error(&other_scheme, 401), "invalid_token");
    assert_eq!(other_scheme.header("www-authenticate"), "Bearer realm=\"latchkey\"");
    world.post("/api/v1/operator/orgs/acme/suspend", &world.operator, &Value::Null).await.expect(200);
    assert_eq!(error(&world.post(PATH, &one, &json!({})).await, 401), "invalid_token");
    world.post("/api/v1/operator/orgs/acme/unsuspend", &world.operator, &Value::Null).await.expect(200);
    world.wait(7 * 86_400).await;
    assert_eq!(error(&world.post(PATH, &one, &json!({})).await, 401), "invalid_token");
}

// RFC 7591 section 3.2.2, A8
#[tokio::test]
async fn bad_metadata_are_400_and_nothing_is_repeated() {
    let world = World::new().await;
    let one = secret(&world, 1).await;
    for (body, expected) in [
        (json!({ "redirect_uris": ["https://canary.example"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": "https://canary.example" }), "invalid_client_metadata"),
        (json!({ "response_types": ["code"] }), "invalid_client_metadata"),
        (json!({ "grant_types": ["canary"] }), "invalid_client_metadata"),
        (json!({ "token_endpoint_auth_method": "none" }), "invalid_client_metadata"),
        (json!({ "token_endpoint_auth_method": "client_secret_jwt" }), "invalid_client_metadata"),
        // no certificate can come here
        (
            json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "canary.example" }),
            "invalid_client_metadata",
        ),
        (json!({ "tls_client_certificate_bound_access_tokens": true }), "invalid_client_metadata"),
        (json!({ "scope": "orders:admin" }), "invalid_client_metadata"),
        (json!({ "scope": ["orders:read"] }), "invalid_client_metadata"),
        (json!({ "client_name": "canary\u{7}" }), "invalid_client_metadata"),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "invalid_client_metadata"),
        (json!(["canary"]), "invalid_client_metadata"),
        (json!("canary"), "invalid_client_metadata"),
    ] {
        let answer = world.post(PATH, &one, &body).await;
        assert_eq!(error(&answer, 400), expected, "{body}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"), "{answer:?}");
    }
    let header = format!("Bearer {one}");
    let form = world.form(PATH, &[("authorization", &header)], "client_name=x").await;
    assert_eq!(error(&form, 400), "invalid_client_metadata");
    let large = json!({ "client_name": "x".repeat(70_000) });
    assert_eq!(world.post(PATH, &one, &large).await.status, 413);
    world.post(PATH, &one, &json!({})).await.expect(201);
}

// RFC 8705 section 2.1.2: what is offered may be registered
#[tokio::test]
async fn certificates_are_registered_where_they_can_come() {
    let environment = &[
        ("LATCHKEY_CLIENT_CERT_HEADER", "X-SSL-Client-Cert"),
        ("LATCHKEY_CLIENT_CERT_VERIFIED_HEADER", "X-SSL-Client-Verify"),
    ];
    let options = Options { providers: Vec::new(), trusted_proxies: "127.0.0.1/32", environment, ..Options::default() };
    let world = World::on(TestApp::with(options).await).await;
    let members = json!({
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "cart.example.com",
        "tls_client_certificate_bound_access_tokens": true,
    });
    let answer = world.post(PATH, &secret(&world, 1).await, &members).await.expect(201).json();
    for (name, value) in members.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
    assert_eq!((answer.get("client_secret"), answer.get("client_secret_expires_at")), (None, None));
}

// API: the token is a secret like others
#[tokio::test]
async fn an_initial_access_token_is_shown_once() {
    let world = World::new().await;
    let grants = json!([{ "api": "https://orders.example", "scopes": ["orders:read"], "exchange": ["delegation"] }]);
    let body = json!({ "name": "cluster", "grants": grants });
    let call = async || {
        let mut call = request("POST", TOKENS, world.owner(), &body);
        call.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        world.send(call).await
    };
    let made = call().await.expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let again = call().await.expect(409);
    assert_eq!(again.text("id"), made.text("id"));
    assert!(!String::from_utf8_lossy(&again.body).contains("lk_at_"));
    for (member, bad) in [
        ("uses", json!(0)),
        ("uses", json!(10_001)),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("2040-01-01T00:00:00Z")),
        ("grants", json!([])),
        ("canary", json!(1)),
    ] {
        let mut body = body.clone();
        body[member] = bad;
        let answer = world.post(TOKENS, world.owner(), &body).await.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], format!("/{member}"), "{answer}");
    }
}

async fn client(world: &World, change: Value) -> (String, String) {
    let path = format!("/api/v1/orgs/acme/apps/{}", world.client);
    world.call("PATCH", &path, world.owner(), &change).await.expect(200);
    let (name, value) = basic(&world.client, &world.client_secret);
    (name.to_owned(), value)
}

async fn app(world: &World) -> Value {
    world.get(&format!("/api/v1/orgs/acme/apps/{}", world.client), world.owner()).await.expect(200).json()
}

#[tokio::test]
async fn beyond_its_quota_a_client_is_429_until_midnight() {
    let world = World::new().await;
    assert_eq!(app(&world).await["token_quota"], Value::Null);
    let (name, value) = client(&world, json!({ "tokens_per_day": 5 })).await;
    let ask = async || world.token(&[(&name, &value)], "grant_type=client_credentials").await;
    let mut last = Value::Null;
    for (used, warning) in [(1, Value::Null), (2, Value::Null), (3, json!(60)), (4, json!(80)), (5, json!(100))] {
        last = ask().await.expect(200).json();
        let expected = json!({ "per_day": 5, "used_today": used, "percent": used * 20, "warning": warning });
        assert_eq!(app(&world).await["token_quota"], expected);
    }
    let refused = ask().await;
    assert_eq!(error(&refused, 429), "temporarily_unavailable");
    assert_eq!(refused.header("www-authenticate"), "");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    let since_midnight = u64::try_from(world.core.clock.now().as_seconds() % 86_400).unwrap();
    assert_eq!(wait, 86_400 - since_midnight);
    // what was issued holds on, and so does the rest of the client
    let token = last["access_token"].as_str().unwrap();
    assert_eq!(world.verify(&world.verification_key, token).await["code"], "VALID");
    world.form("/oauth/introspect", &[(&name, &value)], &format!("token={token}")).await.expect(200);
    let listed = world.get("/api/v1/orgs/acme/apps", world.owner()).await.expect(200).json();
    assert_eq!(listed["items"][0]["token_quota"]["warning"], 100);
    let audit = world.get("/api/v1/orgs/acme/audit?action=app.quota_warning", world.owner()).await.expect(200).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 3);
    world.wait(wait).await;
    ask().await.expect(200);
    client(&world, json!({ "tokens_per_day": null })).await;
    assert_eq!(app(&world).await["token_quota"], Value::Null);
}

#[tokio::test]
async fn a_client_may_get_the_same_token_again() {
    let world = World::new().await;
    assert_eq!(app(&world).await["repeated_request"], "new_token");
    let (name, value) = client(&world, json!({ "repeated_request": "same_token" })).await;
    let ask = async || world.token(&[(&name, &value)], "grant_type=client_credentials").await.expect(200).json();
    // a replica sees its own changes once more when it follows the change log
    world.wait(0).await;
    let first = ask().await;
    world.wait(100).await;
    let again = ask().await;
    assert_eq!((&again["access_token"], &again["expires_in"]), (&first["access_token"], &json!(200)));
    // G5: never a token that was revoked
    let token = first["access_token"].as_str().unwrap();
    world.form("/oauth/revoke", &[(&name, &value)], &format!("token={token}")).await.expect(200);
    let other = ask().await;
    assert_ne!(other["access_token"], first["access_token"]);
    assert_eq!(world.verify(&world.verification_key, other["access_token"].as_str().unwrap()).await["code"], "VALID");
    let bad = json!({ "repeated_request": "canary" });
    let path = format!("/api/v1/orgs/acme/apps/{}", world.client);
    world.call("PATCH", &path, world.owner(), &bad).await.expect(422);
}
