//! `POST /oauth/introspect`, by requirement.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_jose::{AccessToken, CompactJws, IntrospectionToken, Jwk};
use serde_json::{Value, json};

use crate::world::new_bodies::{new_api, new_app, new_key};
use crate::world::{Answer, ISSUER, World};

const PATH: &str = "/oauth/introspect";

pub fn basic(id: &str, secret: &str) -> (&'static str, String) {
    ("authorization", format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
}

fn bearer(key: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {key}"))
}

async fn ask(world: &World, headers: &[(&str, String)], body: &str) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.form(PATH, &headers, body).await
}

async fn by_api(world: &World, token: &str) -> Answer {
    ask(world, &[bearer(&world.verification_key)], &format!("token={token}")).await
}

/// A token of the world's app.
pub async fn issued(world: &World) -> String {
    let (name, value) = basic(&world.client, &world.client_secret);
    world.token(&[(name, &value)], "grant_type=client_credentials").await.expect(200).text("access_token")
}

/// Changes the world's API.
pub async fn change_api(world: &World, patch: Value) {
    let path = format!("/api/v1/orgs/acme/apis/{}", world.api);
    world.call("PATCH", &path, world.owner(), &patch).await.expect(200);
}

// F1, F2, F7, contract section 6: an API by its verification key, as Bearer or as Basic; a client as at the token endpoint
#[tokio::test]
async fn who_may_ask() {
    let world = World::new().await;
    let token = issued(&world).await;
    let body = format!("token={token}");
    let (_, by_client) = basic(&world.client, &world.client_secret);
    for headers in [
        vec![bearer(&world.verification_key)],
        vec![basic(&world.api, &world.verification_key)],
        vec![("authorization", by_client)],
    ] {
        let answer = ask(&world, &headers, &body).await.expect(200);
        assert_eq!(answer.json()["active"], true, "{headers:?}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
    }
    let in_body = format!("{body}&client_id={}&client_secret={}", world.client, world.client_secret);
    assert_eq!(ask(&world, &[], &in_body).await.expect(200).json()["active"], true);

    for (headers, code, challenge) in [
        (vec![], "invalid_client", "Basic realm="),
        (vec![bearer("lk_verify_x")], "invalid_token", "Bearer error=\"invalid_token\""),
        (vec![bearer(&world.key_secret)], "invalid_token", "Bearer error=\"invalid_token\""),
        (vec![basic(&world.api, &world.key_secret)], "invalid_client", "Basic realm="),
        (vec![basic(&world.spare_api, &world.verification_key)], "invalid_client", "Basic realm="),
        (vec![basic("app_0000000000000000", &world.verification_key)], "invalid_client", "Basic realm="),
    ] {
        let answer = ask(&world, &headers, &body).await.expect(401);
        assert_eq!(answer.text("error"), code, "{headers:?}");
        assert!(answer.header("www-authenticate").starts_with(challenge), "{headers:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // a revoked verification key is 401 at once
    let path = format!("/api/v1/orgs/acme/apis/{}/verification-keys/{}", world.api, world.verification_key_id);
    world.call("DELETE", &path, world.owner(), &Value::Null).await.expect(204);
    by_api(&world, &token).await.expect(401);
}

// F2, A2, A3, A5, B1
#[tokio::test]
async fn requests_that_are_wrong() {
    let world = World::new().await;
    let key = bearer(&world.verification_key);
    let token = issued(&world).await;
    for body in ["", "token=", "token_type_hint=access_token", "token=a&token=b", "token=%zz"] {
        let answer = ask(&world, std::slice::from_ref(&key), body).await.expect(400);
        assert_eq!(answer.text("error"), "invalid_request", "{body}");
    }
    let twice = [key.clone(), key.clone()];
    assert_eq!(ask(&world, &twice, &format!("token={token}")).await.expect(400).text("error"), "invalid_request");
    let both = format!("token={token}&client_id={}&client_secret={}", world.client, world.client_secret);
    ask(&world, std::slice::from_ref(&key), &both).await.expect(400);
    let (name, value) = &key;
    let in_url = world.form(&format!("{PATH}?token={token}"), &[(name, value)], "").await.expect(400);
    assert!(!in_url.text("error_description").contains(&token[..20]), "A8");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = world.call(method, PATH, &world.verification_key, &Value::Null).await.expect(405);
        assert_eq!(answer.header("allow"), "POST");
    }
    let json = world.post(PATH, &world.verification_key, &json!({ "token": token })).await.expect(400);
    assert_eq!(json.text("error"), "invalid_request");
}

// F3, F4, F5, F6 for every kind of credential
#[tokio::test]
async fn what_is_active_and_what_is_not() {
    let world = World::new().await;
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    let jwt_key = world.post("/api/v1/orgs/acme/keys", world.owner(), &new).await.expect(201);
    let jwt = issued(&world).await;
    change_api(&world, json!({ "token_format": "opaque" })).await;
    let opaque = issued(&world).await;
    assert!(opaque.starts_with("lk_at_") && jwt.starts_with("eyJ"));

    let kinds = [
        (opaque.as_str(), "client_credentials", world.client.clone()),
        (&jwt, "client_credentials", world.client.clone()),
        (&jwt_key.text("jwt"), "jwt_key", jwt_key.text("id")),
        (&world.key_secret, "api_key", world.key.clone()),
        (&world.foreign_key_secret, "api_key", world.foreign_key.clone()),
    ];
    for (credential, cred, subject) in &kinds {
        for hint in ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=nonsense"]
        {
            let said = by_api(&world, &format!("{credential}{hint}")).await.expect(200).json();
            assert_eq!((&said["active"], &said["cred"], &said["sub"]), (&json!(true), &json!(cred), &json!(subject)));
            assert_eq!((&said["iss"], &said["aud"]), (&json!(ISSUER), &json!("https://orders.example")));
            assert!(said["org"].as_str().unwrap().starts_with("org_") && said["principal"] == "service");
        }
    }
    // another API of the same organisation knows none of them
    let path = format!("/api/v1/orgs/acme/apis/{}/verification-keys", world.spare_api);
    let spare = world.post(&path, world.owner(), &json!({ "name": "spare" })).await.expect(201).text("secret");
    let nothing = json!({ "active": false });
    for (credential, ..) in &kinds {
        let said = ask(&world, &[bearer(&spare)], &format!("token={credential}")).await.expect(200).json();
        assert_eq!(said, nothing);
    }
    let forged = format!("{}A{}", &jwt[..jwt.len() - 3], &jwt[jwt.len() - 2..]);
    for unknown in
        ["x", "a.b.c", "lk_at_0", forged.as_str(), &world.verification_key, &world.client_secret, "%F0%9F%94%91"]
    {
        assert_eq!(by_api(&world, unknown).await.expect(200).json(), nothing, "{unknown}");
    }
    // what its state ends is inactive at once
    let disable = format!("/api/v1/orgs/acme/keys/{}/disable", world.key);
    world.post(&disable, world.owner(), &Value::Null).await.expect(200);
    assert_eq!(by_api(&world, &world.key_secret).await.expect(200).json(), nothing);
    world.wait(300).await;
    for expired in [&opaque, &jwt] {
        assert_eq!(by_api(&world, expired).await.expect(200).json(), nothing);
    }
}

/// The public key of ours that signed this.
async fn key_of(world: &World, jws: &CompactJws<'_>) -> latchkey_jose::PublicKey {
    let jwks = world.get("/.well-known/jwks.json", "").await.expect(200).json();
    let keys = jwks["keys"].as_array().unwrap();
    let jwk = keys.iter().find(|key| key["kid"].as_str() == jws.header().kid()).unwrap();
    Jwk::from_members(jwk.as_object().unwrap()).unwrap().key().clone()
}

// F8
#[tokio::test]
async fn a_signed_answer() {
    let world = World::new().await;
    change_api(&world, json!({ "signing_alg": "ES256", "token_format": "opaque" })).await;
    let token = issued(&world).await;
    let accept = ("accept", "application/token-introspection+jwt".to_owned());
    let body = format!("token={token}");
    for (who, aud) in [
        (bearer(&world.verification_key), &world.api),
        (basic(&world.api, &world.verification_key), &world.api),
        (basic(&world.client, &world.client_secret), &world.client),
    ] {
        let answer = ask(&world, &[who, accept.clone()], &body).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
        let jwt = String::from_utf8(answer.body.to_vec()).unwrap();
        let jws = CompactJws::parse(&jwt).unwrap();
        assert_eq!(jws.header().alg(), "ES256");
        let signed = IntrospectionToken::verify(&jws, &key_of(&world, &jws).await).unwrap();
        assert_eq!((signed.iss.as_str(), &signed.aud), (ISSUER, aud));
        assert_eq!(signed.token_introspection["client_id"], world.client.as_str());
        // it is no credential
        let verdict = world.verify(&world.verification_key, &jwt).await;
        assert_eq!(verdict["code"], "BAD_SIGNATURE");
    }
    let dead = ask(&world, &[bearer(&world.verification_key), accept], "token=x").await.expect(200);
    let jwt = String::from_utf8(dead.body.to_vec()).unwrap();
    let jws = CompactJws::parse(&jwt).unwrap();
    let signed = IntrospectionToken::verify(&jws, &key_of(&world, &jws).await).unwrap();
    assert_eq!(Value::Object(signed.token_introspection), json!({ "active": false }));
}

// issue: the phantom-token pair
#[tokio::test]
async fn the_jwt_for_an_opaque_token() {
    let world = World::new().await;
    change_api(&world, json!({ "token_format": "opaque" })).await;
    let token = issued(&world).await;
    let headers = [bearer(&world.verification_key), ("accept", "application/jwt".to_owned())];
    let answer = ask(&world, &headers, &format!("token={token}")).await.expect(200);
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/jwt", "no-store"));
    let jwt = String::from_utf8(answer.body.to_vec()).unwrap();
    let jws = CompactJws::parse(&jwt).unwrap();
    let claims = AccessToken::verify(&jws, &key_of(&world, &jws).await).unwrap();
    assert_eq!((claims.aud.as_str(), &claims.client_id), ("https://orders.example", &world.client));
    assert_eq!(claims.exp, claims.iat.plus_seconds(60));
    assert_eq!(world.verify(&world.verification_key, &jwt).await["credential"]["id"], claims.jti.as_str());
    let none = ask(&world, &headers, "token=x").await.expect(204);
    assert!(none.body.is_empty());
}

// contract section 10: an app may introspect its own tokens
#[tokio::test]
async fn a_client_sees_its_own_tokens_alone() {
    let world = World::new().await;
    let token = issued(&world).await;
    let other = world.post("/api/v1/orgs/acme/apps", world.owner(), &new_app()).await.expect(201);
    let other = basic(&other.text("client_id"), &other.text("client_secret"));
    for (credential, _) in [(&token, "another's"), (&world.key_secret, "a key")] {
        let said = ask(&world, std::slice::from_ref(&other), &format!("token={credential}")).await.expect(200).json();
        assert_eq!(said, json!({ "active": false }));
    }
    // a new API with what the management API says of it
    let mut api = new_api("https://signed.example");
    api["signing_alg"] = json!("ES256");
    api["token_format"] = json!("opaque");
    let made = world.post("/api/v1/orgs/acme/apis", world.owner(), &api).await.expect(201);
    assert_eq!((made.text("signing_alg").as_str(), made.text("token_format").as_str()), ("ES256", "opaque"));
}

// fail closed: what can't be known is 503, never inactive
#[tokio::test]
async fn a_lost_database_is_503() {
    let world = World::new().await;
    let token = issued(&world).await;
    world.store.close().await;
    let answer = by_api(&world, &token).await.expect(503);
    assert_eq!((answer.text("error").as_str(), answer.header("retry-after")), ("temporarily_unavailable", "1"));
}
