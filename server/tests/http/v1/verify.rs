//! `POST /v1/verify`.

use latchkey_core::{operator, verify};
use serde_json::{Value, json};

use crate::world::new_bodies::{new_api, new_app, new_key};
use crate::world::{COMMAND_LINE, World};

async fn act(world: &World, path: &str) {
    world.post(&format!("/api/v1/orgs/acme/{path}"), world.owner(), &Value::Null).await.expect(200);
}

async fn make(world: &World, path: &str, body: &Value) -> Value {
    world.post(&format!("/api/v1/orgs/acme/{path}"), world.owner(), body).await.expect(201).json()
}

// contract section 4: the whole answer, in the contract's order
#[tokio::test]
async fn a_valid_key() {
    let world = World::new().await;
    let question = json!({ "credential": world.key_secret, "scopes": ["orders:read"], "ip": "203.0.113.9", "cost": 1 });
    let answer = world.post("/v1/verify", &world.verification_key, &question).await.expect(200);
    let json = answer.json();
    let org = json["organisation"]["id"].as_str().unwrap().to_owned();
    assert!(org.starts_with("org_"));
    let expected = format!(
        concat!(
            r#"{{"valid":true,"code":"VALID","credential":{{"id":"{key}","kind":"api_key","environment":"live","name":"checkout","#,
            r#""generation":1,"expires_at":"2027-06-01T00:00:00Z"}},"organisation":{{"id":"{org}","slug":"acme"}},"#,
            r#""principal":"service","subject":"{key}","api":"https://orders.example","scopes":["orders:read"],"#,
            r#""owner":"customer_42","metadata":{{"plan":"pro"}}}}"#
        ),
        key = world.key,
        org = org
    );
    assert_eq!(String::from_utf8(answer.body.to_vec()).unwrap(), expected);
    assert_eq!(answer.header("cache-control"), "no-store");
}

// contract section 10: all codes that apply so far, and never more than the id
#[tokio::test]
async fn refusals_say_the_code_and_at_most_the_id() {
    let world = World::new().await;
    let ask = async |credential: &str, more: Value| {
        let mut question = json!({ "credential": credential });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("/v1/verify", &world.verification_key, &question).await.expect(200).json()
    };
    let with_id = |code: &str| json!({ "valid": false, "code": code, "credential": { "id": world.key } });
    let bare = |code: &str| json!({ "valid": false, "code": code });

    for malformed in ["", "x", "lk_live_x", "\u{0}", "eyJ", "a.b.c"] {
        let code = ask(malformed, json!({})).await;
        assert!(matches!(code["code"].as_str(), Some("MALFORMED" | "BAD_SIGNATURE")), "{malformed}: {code}");
    }
    let unknown =
        latchkey_types::secret::compose("lk", latchkey_types::secret::SecretKind::Live, "0000000000000000", &[1; 32]);
    assert_eq!(ask(&unknown, json!({})).await, bare("NOT_FOUND"));
    let wrong =
        latchkey_types::secret::compose("lk", latchkey_types::secret::SecretKind::Live, &world.key[4..], &[1; 32]);
    assert_eq!(ask(&wrong, json!({})).await, bare("NOT_FOUND"));

    let mut insufficient = with_id("INSUFFICIENT_SCOPE");
    insufficient["missing_scopes"] = json!(["orders:write"]);
    assert_eq!(ask(&world.key_secret, json!({ "scopes": ["orders:read", "orders:write"] })).await, insufficient);

    let patch = json!({ "allowed_ips": ["198.51.100.0/24"] });
    world.call("PATCH", &format!("/api/v1/orgs/acme/keys/{}", world.key), world.owner(), &patch).await.expect(200);
    assert_eq!(ask(&world.key_secret, json!({})).await, with_id("IP_NOT_ALLOWED"));
    assert_eq!(ask(&world.key_secret, json!({ "ip": "203.0.113.9" })).await, with_id("IP_NOT_ALLOWED"));
    assert_eq!(ask(&world.key_secret, json!({ "ip": "198.51.100.7" })).await["code"], "VALID");

    act(&world, &format!("keys/{}/disable", world.key)).await;
    assert_eq!(ask(&world.key_secret, json!({})).await, with_id("DISABLED"));
    act(&world, &format!("keys/{}/enable", world.key)).await;
    operator::set_suspended(&world.core, &COMMAND_LINE, "acme", true).await.unwrap();
    let suspended = world.post("/v1/verify", &world.verification_key, &json!({ "credential": world.key_secret })).await;
    assert_eq!(suspended.status, 401, "a suspended organisation's verification key");
    operator::set_suspended(&world.core, &COMMAND_LINE, "acme", false).await.unwrap();
    act(&world, &format!("keys/{}/revoke", world.key)).await;
    assert_eq!(ask(&world.key_secret, json!({})).await, with_id("REVOKED"));
}

#[tokio::test]
async fn keys_expire_and_rotate() {
    let world = World::new().await;
    let rotated = make(&world, &format!("keys/{}/rotate", world.key), &json!({ "overlap_seconds": 60 })).await;
    let new = rotated["secret"].as_str().unwrap();
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["credential"]["generation"], 1);
    assert_eq!(world.verify(&world.verification_key, new).await["credential"]["generation"], 2);
    world.wait(60).await;
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "EXPIRED");
    assert_eq!(world.verify(&world.verification_key, new).await["code"], "VALID");
    world.wait(180 * 86_400).await;
    assert_eq!(world.verify(&world.verification_key, new).await["code"], "EXPIRED");
}

// contract section 4: a key for another API isn't found; another environment's neither
#[tokio::test]
async fn other_apis_and_environments() {
    let world = World::new().await;
    make(&world, "apis", &new_api("https://other.example")).await;
    let mut other = new_key();
    other["api"] = json!("https://other.example");
    let other = make(&world, "keys", &other).await;
    let bare = json!({ "valid": false, "code": "NOT_FOUND" });
    assert_eq!(world.verify(&world.verification_key, other["secret"].as_str().unwrap()).await, bare);

    let mut test = new_key();
    test["environment"] = json!("test");
    let test = make(&world, "keys", &test).await;
    assert!(test["secret"].as_str().unwrap().starts_with("lk_test_"));
    assert_eq!(world.verify(&world.verification_key, test["secret"].as_str().unwrap()).await["code"], "NOT_FOUND");
    let path = format!("apis/{}/verification-keys", world.api);
    let both = make(&world, &path, &json!({ "name": "both", "environments": ["live", "test"] })).await;
    assert_eq!(world.verify(both["secret"].as_str().unwrap(), test["secret"].as_str().unwrap()).await["code"], "VALID");
}

// contract section 4: 400, 401, 413
#[tokio::test]
async fn requests_that_are_not_good() {
    let world = World::new().await;
    let good = json!({ "credential": world.key_secret });
    for key in ["", "lk_verify_x", world.owner(), &world.key_secret] {
        let answer = world.post("/v1/verify", key, &good).await.expect(401);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    for (member, value) in [
        ("nonsense", json!(1)),
        ("operation", json!({})),
        ("scope_token", json!(["x"])),
        ("explain", json!("yes")),
        ("cost", json!(1_000_001)),
    ] {
        let mut question = good.clone();
        question[member] = value;
        let answer = world.post("/v1/verify", &world.verification_key, &question).await.expect(400);
        let pointer = if member == "operation" { "/operation/method".to_owned() } else { format!("/{member}") };
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    let large = json!({ "credential": "x".repeat(64 * 1024) });
    world.post("/v1/verify", &world.verification_key, &large).await.expect(413);
}

// ASVS 8.3.2: changes apply at once, to what was cached too
#[tokio::test]
async fn a_deleted_verification_key_ends_at_once() {
    let world = World::new().await;
    assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "VALID");
    let path = format!("/api/v1/orgs/acme/apis/{}/verification-keys/{}", world.api, world.verification_key_id);
    world.call("DELETE", &path, world.owner(), &Value::Null).await.expect(204);
    let answer = world.post("/v1/verify", &world.verification_key, &json!({ "credential": world.key_secret })).await;
    assert_eq!(answer.status, 401);
}

// F-19 and ZITADEL CVE-2026-27840: no neighbour of a good secret is good
#[tokio::test]
async fn neighbours_of_a_secret_are_refused() {
    let world = World::new().await;
    let secret = &world.key_secret;
    let cases = [
        format!("{secret}0"),
        secret[..secret.len() - 1].to_owned(),
        secret.to_uppercase(),
        format!(" {secret}"),
        format!("{secret}\n"),
    ];
    for neighbour in cases {
        assert_eq!(world.verify(&world.verification_key, &neighbour).await["code"], "MALFORMED", "{neighbour:?}");
    }
}

// the whole way: app → token → verify → disable, and back
#[tokio::test]
async fn an_access_token_follows_its_app() {
    let world = World::new().await;
    let body =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", world.client, world.client_secret);
    let app = json!({ "auth_method": "client_secret_post" });
    world.call("PATCH", &format!("/api/v1/orgs/acme/apps/{}", world.client), world.owner(), &app).await.expect(200);
    let token = world.token(&[], &body).await.expect(200).text("access_token");

    let valid = world.verify(&world.verification_key, &token).await;
    assert_eq!((&valid["code"], &valid["credential"]["kind"]), (&json!("VALID"), &json!("access_token")));
    assert_eq!((&valid["subject"], &valid["scopes"]), (&json!(world.client), &json!(["orders:read", "orders:write"])));
    act(&world, &format!("apps/{}/disable", world.client)).await;
    assert_eq!(world.verify(&world.verification_key, &token).await["code"], "DISABLED");
    act(&world, &format!("apps/{}/enable", world.client)).await;
    assert_eq!(world.verify(&world.verification_key, &token).await["code"], "VALID");
    act(&world, &format!("apps/{}/revoke", world.client)).await;
    assert_eq!(world.verify(&world.verification_key, &token).await["code"], "REVOKED");
    make(&world, "apps", &new_app()).await;
}

#[tokio::test]
async fn a_jwt_key_is_verified_revoked_and_for_one_api() {
    let world = World::new().await;
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    let key = make(&world, "keys", &new).await;
    let jwt = key["jwt"].as_str().unwrap();
    let valid = world.verify(&world.verification_key, jwt).await;
    assert_eq!((&valid["code"], &valid["credential"]["kind"]), (&json!("VALID"), &json!("jwt_key")));
    let spare = make(&world, &format!("apis/{}/verification-keys", world.spare_api), &json!({ "name": "spare" })).await;
    assert_eq!(world.verify(spare["secret"].as_str().unwrap(), jwt).await["code"], "WRONG_AUDIENCE");
    act(&world, &format!("keys/{}/revoke", key["id"].as_str().unwrap())).await;
    assert_eq!(world.verify(&world.verification_key, jwt).await["code"], "REVOKED");
    let _ = verify::follow(&world.core).await;
}
