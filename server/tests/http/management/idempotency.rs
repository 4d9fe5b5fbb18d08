//! `Idempotency-Key`.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::world::new_bodies::{new_api, new_key};
use crate::world::{Answer, World, request};

fn keyed(path: &str, key: &str, idempotency_key: &str, body: &Value) -> Request<Body> {
    let mut request = request("POST", path, key, body);
    request.headers_mut().insert("idempotency-key", idempotency_key.parse().unwrap());
    request
}

async fn send(world: &World, path: &str, idempotency_key: &str, body: &Value) -> Answer {
    world.send(keyed(path, world.owner(), idempotency_key, body)).await
}

async fn count(world: &World, path: &str) -> usize {
    world.get(path, world.owner()).await.expect(200).json()["items"].as_array().unwrap().len()
}

const APIS: &str = "/api/v1/orgs/acme/apis";
const KEYS: &str = "/api/v1/orgs/acme/keys";

// F-38
#[tokio::test]
async fn the_same_call_again_gets_the_stored_answer() {
    let world = World::new().await;
    let body = new_api("https://once.example");
    let first = send(&world, APIS, "a", &body).await.expect(201);
    let again = send(&world, APIS, "a", &body).await.expect(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(count(&world, APIS).await, 3);

    let other = send(&world, APIS, "a", &new_api("https://other.example")).await.expect(422);
    assert_eq!(other.text("type"), "urn:latchkey:problem:idempotency-key-reused");
    let elsewhere = world.send(keyed("/api/v1/orgs/globex/apis", &world.foreign, "a", &body)).await;
    assert_eq!(elsewhere.status, 409, "another key's calls are its own: the audience is taken");

    world.wait(24 * 3_600 + 1).await;
    assert_eq!(send(&world, APIS, "a", &new_api("https://other.example")).await.status, 201, "24 hours");
}

// F-38: a secret isn't kept to be shown again
#[tokio::test]
async fn a_secret_is_shown_once() {
    let world = World::new().await;
    let made = send(&world, KEYS, "a", &new_key()).await.expect(201);
    let again = send(&world, KEYS, "a", &new_key()).await.expect(409);
    assert_eq!(again.text("id"), made.text("id"));
    assert!(!String::from_utf8_lossy(&again.body).contains(&made.text("secret")));
    assert_eq!(count(&world, KEYS).await, 2);
}

#[tokio::test]
async fn a_refused_call_gives_the_key_back() {
    let world = World::new().await;
    let mut body = new_key();
    body["scopes"] = json!(["nope"]);
    send(&world, KEYS, "a", &body).await.expect(422);
    send(&world, KEYS, "a", &new_key()).await.expect(201);
}

// F-38, F-17: of parallel calls one wins
#[tokio::test]
async fn parallel_calls_make_one_thing() {
    let world = World::new().await;
    let body = new_key();
    let calls = (0..20).map(|_| send(&world, KEYS, "a", &body));
    let statuses: Vec<u16> = futures::future::join_all(calls).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
    assert_eq!(count(&world, KEYS).await, 2);
}
