//! Every parameter of every endpoint that takes forms (A2, A5).

use super::introspect::basic;
use crate::world::{Answer, World};

/// Those that authenticate the client.
const AUTHENTICATION: [&str; 4] = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
/// The endpoints, with their own parameters.
const ENDPOINTS: [(&str, &[&str]); 4] = [
    (
        "/oauth/token",
        &[
            "grant_type",
            "scope",
            "assertion",
            "subject_token",
            "subject_token_type",
            "actor_token",
            "actor_token_type",
            "requested_token_type",
        ],
    ),
    ("/oauth/introspect", &["token", "token_type_hint", "ip"]),
    ("/oauth/revoke", &["token", "token_type_hint"]),
    ("/oauth/bootstrap", &["jwk", "proof"]),
];
/// A request that is fine without a parameter more.
const BODIES: [&str; 3] = ["grant_type=client_credentials", "token=x", "token=x"];

async fn ask(world: &World, path: &str, body: &str) -> Answer {
    let (name, value) = basic(&world.client, &world.client_secret);
    world.form(path, &[(name, &value)], body).await
}

fn is_invalid_request(answer: Answer) -> String {
    let answer = answer.expect(400);
    assert_eq!(answer.text("error"), "invalid_request");
    answer.text("error_description")
}

// A2: once; a second one that is empty, too, and whatever else is sent
#[tokio::test]
async fn each_stands_there_once() {
    let world = World::new().await;
    for (path, own) in ENDPOINTS {
        for name in own.iter().chain(&AUTHENTICATION) {
            for body in [format!("{name}=a&{name}=a"), format!("{name}=a&{name}=b"), format!("{name}=&{name}=a")] {
                let why = is_invalid_request(ask(&world, path, &body).await);
                assert_eq!(why, "A parameter stands there twice.", "{path} {body}");
            }
        }
    }
}

// RFC 8707 section 2, RFC 8693 section 2.1: these may come again
#[tokio::test]
async fn an_api_may_be_named_more_than_once() {
    let world = World::new().await;
    for name in ["resource", "audience"] {
        let body = format!("grant_type=client_credentials&{name}=https://orders.example&{name}=https://orders.example");
        ask(&world, "/oauth/token", &body).await.expect(200);
    }
}

// A2: unknown ones are ignored, as often as they come, and empty ones count as absent
#[tokio::test]
async fn what_is_unknown_or_empty_is_ignored() {
    let world = World::new().await;
    for ((path, own), body) in ENDPOINTS.into_iter().zip(BODIES) {
        let others = own.iter().chain(&AUTHENTICATION).filter(|name| !body.starts_with(**name));
        let empty: Vec<String> = others.map(|name| format!("{name}=")).collect();
        let body = format!("{body}&{}&state=1&state=2&canary[]=", empty.join("&"));
        ask(&world, path, &body).await.expect(200);
    }
}

// A5: not in the URL, where logs keep them
#[tokio::test]
async fn none_stands_in_the_url() {
    let world = World::new().await;
    for (path, own) in ENDPOINTS {
        for name in own.iter().chain(&AUTHENTICATION) {
            let why = is_invalid_request(ask(&world, &format!("{path}?{name}=a"), "").await);
            assert!(why.ends_with("never into the URL."), "{path} {name}: {why}");
        }
    }
}

// RFC 6749 section 3.2 and Appendix B: forms in UTF-8, and nothing else
#[tokio::test]
async fn other_types_of_body_are_refused() {
    let world = World::new().await;
    let (name, value) = basic(&world.client, &world.client_secret);
    for (path, _) in ENDPOINTS {
        let json = world.post(path, "", &serde_json::json!({ "token": "x", "grant_type": "client_credentials" })).await;
        is_invalid_request(json);
        for body in ["a=%zz", "a=%ff", "%"] {
            is_invalid_request(world.form(path, &[(name, &value)], body).await);
        }
    }
}
