//! The JWT bearer grant over HTTP (RFC 7523 section 2.1): service accounts and workloads.

use serde_json::{Value, json};

use crate::world::{Answer, ISSUER, World, account_key, issuer_key, workload_token};

const GRANT: &str = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
const ORDERS: &str = "resource=https://orders.example";

/// What the service account signs about itself, good for a minute.
fn assertion(world: &World, jti: &str) -> String {
    let (id, now) = (&world.service_account, world.core.clock.now().as_seconds());
    let claims = json!({ "iss": id, "sub": id, "aud": ISSUER, "jti": jti, "exp": now + 60 });
    account_key().sign("JWT", &claims).unwrap()
}

async fn ask(world: &World, assertion: &str, rest: &str) -> Answer {
    world.token(&[], &format!("{GRANT}&assertion={assertion}&{rest}")).await
}

// A6, A7, A10: without client authentication
#[tokio::test]
async fn an_account_gets_a_token_and_verify_knows_it() {
    let world = World::new().await;
    let answer = ask(&world, &assertion(&world, "1"), ORDERS).await.expect(200);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let mut body = answer.json();
    let token = body["access_token"].take();
    let scopes = "orders:admin orders:read orders:write";
    assert_eq!(body, json!({ "access_token": null, "token_type": "Bearer", "expires_in": 300, "scope": scopes }));
    let verified = world.verify(&world.verification_key, token.as_str().unwrap()).await;
    assert_eq!((&verified["valid"], &verified["credential"]["kind"]), (&json!(true), &json!("access_token")));
    assert_eq!((&verified["subject"], &verified["principal"]), (&json!(world.service_account), &json!("service")));
    // once, in whatever form it comes again
    assert_eq!(ask(&world, &assertion(&world, "1"), ORDERS).await.expect(400).text("error"), "invalid_grant");

    let path = format!("/api/v1/orgs/acme/service-accounts/{}/disable", world.service_account);
    world.post(&path, world.owner(), &Value::Null).await.expect(200);
    let verified = world.verify(&world.verification_key, token.as_str().unwrap()).await;
    assert_eq!((&verified["valid"], &verified["code"]), (&json!(false), &json!("DISABLED")));
}

#[tokio::test]
async fn a_workload_gets_a_token_for_the_account() {
    let world = World::new().await;
    let token = |jti: &str| workload_token(jti, world.core.clock.now());
    let issued = ask(&world, &token("1"), ORDERS).await.expect(200).text("access_token");
    let verified = world.verify(&world.verification_key, &issued).await;
    assert_eq!((&verified["valid"], &verified["subject"]), (&json!(true), &json!(world.service_account)));
    assert_eq!(ask(&world, &token("1"), ORDERS).await.expect(400).text("error"), "invalid_grant");
    let named = format!("{ORDERS}&client_id={}", world.service_account);
    ask(&world, &token("2"), &named).await.expect(200);
    let other = format!("{ORDERS}&client_id={}", world.client);
    assert_eq!(ask(&world, &token("3"), &other).await.expect(400).text("error"), "invalid_grant");
}

// J5, A8, A9: every refused assertion has one answer, to the byte
#[tokio::test]
async fn refusals_are_alike() {
    let world = World::new().await;
    let now = world.core.clock.now();
    let own = assertion(&world, "1");
    let unsigned = own.rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    let stranger = json!({ "iss": "sa_0000000000000000", "sub": "sa_0000000000000000", "aud": ISSUER, "jti": "1", "exp": now.as_seconds() + 60 });
    let forged = issuer_key().sign("JWT", &stranger).unwrap();
    let elsewhere = json!({ "iss": "https://canary.example", "sub": "x", "aud": ISSUER, "exp": now.as_seconds() + 60 });
    let elsewhere = issuer_key().sign("JWT", &elsewhere).unwrap();
    let mut bodies = Vec::new();
    for bad in ["x", "e30.e30.", &unsigned, &forged, &elsewhere, &"e".repeat(20_000)] {
        let answer = ask(&world, bad, ORDERS).await.expect(400);
        assert_eq!((answer.text("error").as_str(), answer.header("cache-control")), ("invalid_grant", "no-store"));
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    for (body, code) in [
        (format!("{GRANT}&{ORDERS}"), "invalid_request"),
        (format!("{GRANT}&assertion=&{ORDERS}"), "invalid_request"),
        (format!("{GRANT}&assertion=a&assertion=a"), "invalid_request"),
        (format!("{GRANT}&assertion={own}&resource=https://nowhere.example"), "invalid_target"),
        (format!("{GRANT}&assertion={own}&{ORDERS}&scope=orders:nope"), "invalid_scope"),
        (format!("{GRANT}&assertion={own}&{ORDERS}&scope=canary%22"), "invalid_scope"),
    ] {
        let answer = world.token(&[], &body).await.expect(400);
        assert_eq!(answer.text("error"), code, "{body}");
        assert!(!answer.text("error_description").contains("canary"));
    }
    ask(&world, &own, ORDERS).await.expect(200);
    // RFC 7523 section 3.1: client authentication that is sent must be good
    let with_client = format!("{GRANT}&assertion={}&{ORDERS}", assertion(&world, "2"));
    let refused = world.token(&[("authorization", "Basic YTpi")], &with_client).await.expect(401);
    assert_eq!(refused.text("error"), "invalid_client");
    let in_url = world.post(&format!("/oauth/token?assertion={own}"), "", &Value::Null).await.expect(400);
    assert_eq!(in_url.text("error"), "invalid_request");
}

// J6, contract section 10: a suspended organisation gets nothing for an assertion
#[tokio::test]
async fn a_suspended_organisation() {
    let world = World::new().await;
    world.post("/api/v1/operator/orgs/acme/suspend", &world.operator, &Value::Null).await.expect(200);
    assert_eq!(ask(&world, &assertion(&world, "1"), ORDERS).await.expect(400).text("error"), "invalid_grant");
    let outside = workload_token("1", world.core.clock.now());
    assert_eq!(ask(&world, &outside, ORDERS).await.expect(400).text("error"), "invalid_grant");
}

// with its roles an account drives the management API; whatever ends it ends that at once
#[tokio::test]
async fn an_account_drives_the_management_api() {
    let world = World::new().await;
    let issued = ask(&world, &assertion(&world, "1"), &format!("resource={ISSUER}/api/v1")).await.expect(200);
    assert_eq!((issued.text("scope"), issued.json()["expires_in"].clone()), (String::new(), json!(300)));
    let token = issued.text("access_token");
    let who = world.get("/api/v1/whoami", &token).await.expect(200).json();
    assert_eq!(
        (&who["organisation"]["slug"], &who["role"], &who["key_id"]),
        (&json!("acme"), &json!("developer"), &json!(world.service_account))
    );
    let key = crate::world::new_bodies::new_key();
    let made = world.post("/api/v1/orgs/acme/keys", &token, &key).await.expect(201);
    assert_eq!(made.text("created_by"), world.service_account);
    let api = crate::world::new_bodies::new_api("https://third.example");
    world.post("/api/v1/orgs/acme/apis", &token, &api).await.expect(403);
    world.get("/api/v1/orgs/globex", &token).await.expect(404);
    world.get("/api/v1/operator/credentials", &token).await.expect(404);
    // F-38: an idempotency key of its own
    let mut calls = Vec::new();
    for _ in 0..2 {
        let mut call = crate::world::request("POST", "/api/v1/orgs/acme/keys", &token, &key);
        call.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        calls.push(world.send(call).await.status);
    }
    assert_eq!(calls, [201, 409]);
    // D6: neither does the token pass elsewhere, nor another one here
    assert_eq!(world.verify(&world.verification_key, &token).await["valid"], false);
    let for_api = ask(&world, &assertion(&world, "2"), ORDERS).await.expect(200).text("access_token");
    for other in [for_api.as_str(), &assertion(&world, "3"), &workload_token("1", world.core.clock.now()), "a.b.c"] {
        let refused = world.get("/api/v1/whoami", other).await.expect(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
    let path = format!("/api/v1/orgs/acme/service-accounts/{}", world.service_account);
    world.call("PATCH", &path, world.owner(), &json!({ "roles": ["viewer"] })).await.expect(200);
    world.post("/api/v1/orgs/acme/keys", &token, &key).await.expect(403);
    world.post(&format!("{path}/disable"), world.owner(), &Value::Null).await.expect(200);
    world.get("/api/v1/whoami", &token).await.expect(401);
    // and for good
    world.post(&format!("{path}/enable"), world.owner(), &Value::Null).await.expect(200);
    world.get("/api/v1/whoami", &token).await.expect(200);
    world.post(&format!("{path}/revoke"), world.owner(), &Value::Null).await.expect(200);
    world.get("/api/v1/whoami", &token).await.expect(401);
}
