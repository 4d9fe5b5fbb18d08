//! `POST /oauth/token`, by requirement.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::world::new_bodies::new_app;
use crate::world::{Answer, World, request};

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn by_basic(world: &World, body: &str) -> Answer {
    world.token(&[("authorization", &basic(&world.client, &world.client_secret))], body).await
}

const GRANT: &str = "grant_type=client_credentials";

// A6, A7, A10
#[tokio::test]
async fn a_token() {
    let world = World::new().await;
    let answer =
        by_basic(&world, &format!("{GRANT}&scope=orders:read&resource=https://orders.example")).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let mut token = answer.json();
    assert!(token["access_token"].take().as_str().unwrap().starts_with("eyJ"));
    assert_eq!(
        token,
        json!({ "access_token": null, "token_type": "Bearer", "expires_in": 300, "scope": "orders:read" })
    );
    let all = by_basic(&world, GRANT).await.expect(200);
    assert_eq!(all.text("scope"), "orders:read orders:write", "without scope: all that is granted");
}

// A1
#[tokio::test]
async fn post_alone() {
    let world = World::new().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
        let path = format!("/oauth/token?{GRANT}");
        let answer = world.call(method, &path, "", &Value::Null).await.expect(405);
        assert_eq!((answer.header("allow"), answer.header("cache-control")), ("POST", "no-store"), "{method}");
    }
}

// A2
#[tokio::test]
async fn parameters_once_unknown_ones_ignored_empty_ones_absent() {
    let world = World::new().await;
    let known = ["grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type"];
    for name in known {
        let answer = by_basic(&world, &format!("{name}=a&{name}=a")).await.expect(400);
        assert_eq!(answer.text("error"), "invalid_request", "{name}");
    }
    by_basic(&world, &format!("{GRANT}&nonsense=1&nonsense=2&scope=&resource=&client_secret=")).await.expect(200);
    assert_eq!(by_basic(&world, "").await.expect(400).text("error"), "invalid_request");
    assert_eq!(by_basic(&world, "grant_type=").await.expect(400).text("error"), "invalid_request");
}

// A3, A9: exactly one way; and every failure alike
#[tokio::test]
async fn client_authentication() {
    let world = World::new().await;
    let (id, secret) = (world.client.as_str(), world.client_secret.as_str());
    let both = by_basic(&world, &format!("{GRANT}&client_id={id}&client_secret={secret}")).await.expect(400);
    assert_eq!(both.text("error"), "invalid_request");
    let other = by_basic(&world, &format!("{GRANT}&client_id=app_0000000000000000")).await.expect(400);
    assert_eq!(other.text("error"), "invalid_request");
    by_basic(&world, &format!("{GRANT}&client_id={id}")).await.expect(200);

    let forged = latchkey_types::secret::compose(
        "lk",
        latchkey_types::secret::SecretKind::Secret,
        &world.client_secret_id[4..],
        &[9; 32],
    );
    let mut bodies = Vec::new();
    for (header, body) in [
        (basic("app_0000000000000000", secret), GRANT.to_owned()),
        (basic(id, &forged), GRANT.to_owned()),
        (basic(id, "wrong"), GRANT.to_owned()),
        (basic("", ""), GRANT.to_owned()),
        ("Basic ???".to_owned(), GRANT.to_owned()),
        (format!("Basic {}", STANDARD.encode("a:%zz")), GRANT.to_owned()),
        (format!("Bearer {secret}"), GRANT.to_owned()),
        (String::new(), GRANT.to_owned()),
        (String::new(), format!("{GRANT}&client_id={id}")),
        (String::new(), format!("{GRANT}&client_id={id}&client_secret={forged}")),
    ] {
        let headers = [("authorization", header.as_str())];
        let answer = world.token(if header.is_empty() { &[] } else { &headers }, &body).await.expect(401);
        assert_eq!(answer.text("error"), "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all alike");
}

// A4, contract section 6: in the header or in the body, whichever of them the app says it means to use
#[tokio::test]
async fn in_the_body() {
    let world = World::new().await;
    let mut app = new_app();
    app["auth_method"] = json!("client_secret_post");
    let app = world.post("/api/v1/orgs/acme/apps", world.owner(), &app).await.expect(201);
    let (id, secret) = (app.text("client_id"), app.text("client_secret"));
    world.token(&[], &format!("{GRANT}&client_id={id}&client_secret={secret}")).await.expect(200);
    world.token(&[("authorization", &basic(&id, &secret))], GRANT).await.expect(200);
}

// A5
#[tokio::test]
async fn nothing_in_the_url() {
    let world = World::new().await;
    for query in [format!("client_secret={}", world.client_secret), GRANT.to_owned(), "client%5Fsecret=x".to_owned()] {
        let mut call = request("POST", &format!("/oauth/token?{query}"), "", &Value::Null);
        call.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        assert_eq!(world.send(call).await.expect(400).text("error"), "invalid_request");
    }
}

// A8, A11, A13, I1 to I4
#[tokio::test]
async fn refusals_have_their_code() {
    let world = World::new().await;
    let cases = [
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=implicit", "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "invalid_request"),
        ("grant_type=urn:ietf:params:oauth:grant-type:token-exchange", "invalid_request"),
        ("grant_type=canary%22%5C", "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=orders:admin", "invalid_scope"),
        ("grant_type=client_credentials&scope=orders:read+orders:admin", "invalid_scope"),
        ("grant_type=client_credentials&scope=a%22b", "invalid_scope"),
        ("grant_type=client_credentials&resource=https://spare.example", "invalid_target"),
        ("grant_type=client_credentials&resource=https://orders.example%23x", "invalid_target"),
        (
            "grant_type=client_credentials&resource=https://orders.example&resource=https://spare.example",
            "invalid_target",
        ),
        ("grant_type=client_credentials&audience=nowhere", "invalid_target"),
        ("client_assertion=x&grant_type=client_credentials", "invalid_request"),
        ("grant_type=%zz", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
    ];
    for (body, code) in cases {
        let answer = by_basic(&world, body).await.expect(400);
        assert_eq!(answer.text("error"), code, "{body}");
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        let description = answer.text("error_description");
        assert!(description.bytes().all(allowed) && !description.contains("canary"), "{description}");
    }
}

#[tokio::test]
async fn other_bodies() {
    let world = World::new().await;
    let json = world.post("/oauth/token", "", &json!({ "grant_type": "client_credentials" })).await.expect(400);
    assert_eq!(json.text("error"), "invalid_request");
    by_basic(&world, &format!("{GRANT}&x={}", "x".repeat(64 * 1024))).await.expect(413);
}

// contract section 10: switched off, ended, suspended
#[tokio::test]
async fn an_app_that_is_off_gets_nothing() {
    let world = World::new().await;
    let act = async |path: String, key: &str| world.post(&path, key, &Value::Null).await.expect(200);
    let app = format!("/api/v1/orgs/acme/apps/{}", world.client);
    act(format!("{app}/disable"), world.owner()).await;
    by_basic(&world, GRANT).await.expect(401);
    act(format!("{app}/enable"), world.owner()).await;
    by_basic(&world, GRANT).await.expect(200);
    act("/api/v1/operator/orgs/acme/suspend".to_owned(), &world.operator).await;
    by_basic(&world, GRANT).await.expect(401);
    act("/api/v1/operator/orgs/acme/unsuspend".to_owned(), &world.operator).await;
    act(format!("{app}/revoke"), world.owner()).await;
    by_basic(&world, GRANT).await.expect(401);
}
