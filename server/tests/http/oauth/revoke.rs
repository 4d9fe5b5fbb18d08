//! `POST /oauth/revoke`, by requirement.

use serde_json::{Value, json};

use super::introspect::{basic, change_api, issued};
use crate::world::new_bodies::{new_app, new_key};
use crate::world::{Answer, World};

const PATH: &str = "/oauth/revoke";

async fn revoke(world: &World, token: &str) -> Answer {
    let (name, value) = basic(&world.client, &world.client_secret);
    world.form(PATH, &[(name, &value)], &format!("token={token}")).await
}

async fn code(world: &World, credential: &str) -> String {
    world.verify(&world.verification_key, credential).await["code"].as_str().unwrap().to_owned()
}

// G1, G2, G3, G5
#[tokio::test]
async fn a_token_ends_at_once_whatever_the_hint() {
    for format in ["jwt", "opaque"] {
        let world = World::new().await;
        change_api(&world, json!({ "token_format": format })).await;
        for hint in ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=x"] {
            let token = issued(&world).await;
            assert_eq!(code(&world, &token).await, "VALID");
            let answer = revoke(&world, &format!("{token}{hint}")).await.expect(200);
            assert_eq!((answer.body.len(), answer.header("cache-control")), (0, "no-store"));
            assert_eq!(code(&world, &token).await, "REVOKED");
            revoke(&world, &token).await.expect(200);
        }
    }
}

// G1
#[tokio::test]
async fn another_clients_token_is_refused() {
    let world = World::new().await;
    let token = issued(&world).await;
    let other = world.post("/api/v1/orgs/acme/apps", world.owner(), &new_app()).await.expect(201);
    let (name, value) = basic(&other.text("client_id"), &other.text("client_secret"));
    let answer = world.form(PATH, &[(name, &value)], &format!("token={token}")).await.expect(400);
    assert_eq!(answer.text("error"), "unauthorized_client");
    assert_eq!(code(&world, &token).await, "VALID");
}

// G2
#[tokio::test]
async fn what_is_unknown_or_over_is_200() {
    let world = World::new().await;
    for unknown in ["x", "a.b.c", "lk_at_0", "eyJ", "%00"] {
        revoke(&world, unknown).await.expect(200);
    }
    let token = issued(&world).await;
    world.wait(300).await;
    revoke(&world, &token).await.expect(200);
}

// G4
#[tokio::test]
async fn keys_are_not_revoked_here() {
    let world = World::new().await;
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    let jwt = world.post("/api/v1/orgs/acme/keys", world.owner(), &new).await.expect(201).text("jwt");
    for (credential, error) in [
        (&world.key_secret, "unsupported_token_type"),
        (&world.client_secret, "unsupported_token_type"),
        (&jwt, "unauthorized_client"),
    ] {
        assert_eq!(revoke(&world, credential).await.expect(400).text("error"), error);
    }
    for key in [&world.key_secret, &jwt] {
        assert_eq!(code(&world, key).await, "VALID");
    }
}

// A2, A5, A9
#[tokio::test]
async fn requests_that_are_wrong() {
    let world = World::new().await;
    let token = issued(&world).await;
    let body = format!("token={token}");
    let (name, wrong) = basic(&world.client, "wrong");
    for headers in [vec![], vec![(name, wrong.as_str())]] {
        let answer = world.form(PATH, &headers, &body).await.expect(401);
        assert_eq!(answer.text("error"), "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
    }
    let (name, value) = basic(&world.client, &world.client_secret);
    for body in ["", "token=", "token=a&token=b", "token=%zz"] {
        let answer = world.form(PATH, &[(name, &value)], body).await.expect(400);
        assert_eq!(answer.text("error"), "invalid_request", "{body}");
    }
    world.form(&format!("{PATH}?{body}"), &[(name, &value)], "").await.expect(400);
    assert_eq!(world.call("GET", PATH, "", &Value::Null).await.expect(405).header("allow"), "POST");
    // a verification key is no client: an API doesn't end tokens
    let (name, api) = basic(&world.api, &world.verification_key);
    world.form(PATH, &[(name, &api)], &body).await.expect(401);
    assert_eq!(code(&world, &token).await, "VALID");
}

// G6, fosite CVE-2020-15223: never 200 where it wasn't done
#[tokio::test]
async fn a_lost_database_is_503() {
    let world = World::new().await;
    let token = issued(&world).await;
    world.store.close().await;
    let answer = revoke(&world, &token).await.expect(503);
    assert_eq!((answer.text("error").as_str(), answer.header("retry-after")), ("temporarily_unavailable", "1"));
}
