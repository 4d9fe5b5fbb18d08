//! What the main answers look like: explicit lists of members (API3).

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{new_api, new_app, new_key};

fn shape(name: &str, value: Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| assert_json_snapshot!(name, ids(value)));
}

/// The value with its random parts replaced: ids by their kind, secrets by their form.
fn ids(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redacted(&text)),
        Value::Array(items) => items.into_iter().map(ids).collect(),
        Value::Object(members) => Value::Object(members.into_iter().map(|(name, value)| (name, ids(value))).collect()),
        other => other,
    }
}

fn redacted(text: &str) -> String {
    let base62 = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let parts: Vec<&str> = text.split('_').collect();
    match parts[..] {
        [prefix, id] if id.len() == 16 && base62(id) => format!("{prefix}_…"),
        [brand, kind, id, secret] if id.len() == 16 && secret.len() == 49 => format!("{brand}_{kind}_…"),
        _ if text.starts_with("eyJ") => "eyJ…".to_owned(),
        _ if text.contains("/invitations/") => {
            text.split("/invitations/").next().unwrap().to_owned() + "/invitations/…"
        }
        _ => text.to_owned(),
    }
}

#[tokio::test]
async fn organisations_and_people() {
    let world = World::new().await;
    let get = async |path: &str| world.get(&format!("/api/v1{path}"), world.owner()).await.expect(200).json();
    shape("whoami", get("/whoami").await);
    shape("org", get("/orgs/acme").await);
    shape("members", get("/orgs/acme/members").await);
    let invitation = json!({ "email": "di@example.com", "role": "developer" });
    shape(
        "invitation_created",
        world.post("/api/v1/orgs/acme/invitations", world.owner(), &invitation).await.expect(201).json(),
    );
    let key = json!({ "name": "ci", "role": "developer", "expires_at": "2027-02-01T00:00:00Z" });
    shape(
        "management_key_created",
        world.post("/api/v1/orgs/acme/management-keys", world.owner(), &key).await.expect(201).json(),
    );
}

#[tokio::test]
async fn apis() {
    let world = World::new().await;
    shape(
        "api_created",
        world.post("/api/v1/orgs/acme/apis", world.owner(), &new_api("https://x.example")).await.expect(201).json(),
    );
    let api = format!("/api/v1/orgs/acme/apis/{}", world.api);
    let get = async |path: &str| world.get(&format!("{api}{path}"), world.owner()).await.expect(200).json();
    shape("verification_keys", get("/verification-keys").await);
    shape("access_requests", get("/access-requests").await);
    shape("consumers", get("/consumers").await);
    // APIs of one name stand in the order of their ids, which are random
    let mut listed = world.get("/api/v1/catalogue", world.owner()).await.expect(200).json();
    listed["items"].as_array_mut().unwrap().retain(|api| api["audience"] == "https://orders.example");
    shape("catalogue", listed);
}

#[tokio::test]
async fn keys_and_apps() {
    let world = World::new().await;
    let post = async |path: &str, body: Value| {
        world.post(&format!("/api/v1/orgs/acme{path}"), world.owner(), &body).await.expect(201).json()
    };
    shape("key_created", post("/keys", new_key()).await);
    let mut jwt = new_key();
    jwt["kind"] = json!("jwt_key");
    let mut created = post("/keys", jwt).await;
    created["generations"][0]["jti"] = json!("…");
    shape("jwt_key_created", created);
    shape("key_rotated", post(&format!("/keys/{}/rotate", world.key), json!({ "overlap_seconds": 60 })).await);
    shape("app_created", post("/apps", new_app()).await);
    shape("app_secret_created", post(&format!("/apps/{}/secrets", world.client), Value::Null).await);
}

#[tokio::test]
async fn the_operator_desk() {
    let world = World::new().await;
    let get =
        async |path: &str| world.get(&format!("/api/v1/operator{path}"), &world.operator).await.expect(200).json();
    shape("credentials", get("/credentials?q=globex").await);
    let mut keys = get("/signing-keys").await;
    for key in keys["items"].as_array_mut().unwrap() {
        assert_eq!(key["kid"].as_str().unwrap().len(), 43, "a SHA-256 thumbprint");
        key["kid"] = json!("…");
    }
    shape("signing_keys", keys);
}

#[tokio::test]
async fn a_row_of_the_audit_log() {
    let world = World::new().await;
    world
        .post(&format!("/api/v1/orgs/acme/keys/{}/revoke", world.key), world.owner(), &json!({ "reason": "leaked" }))
        .await
        .expect(200);
    shape(
        "audit",
        world.get("/api/v1/orgs/acme/audit?action=key.revoke", world.owner()).await.expect(200).json()["items"][0]
            .clone(),
    );
}
