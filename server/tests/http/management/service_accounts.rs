//! Service accounts and their keys.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{new_public_key, new_service_account};

const ACCOUNTS: &str = "/api/v1/orgs/acme/service-accounts";

// contract section 10: POST {name, roles, jwks} -> 201 {id: "sa_…"}
#[tokio::test]
async fn an_account_as_it_is_made_and_shown() {
    let world = World::new().await;
    let made = world.post(ACCOUNTS, world.owner(), &new_service_account()).await.expect(201).json();
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("sa_"));
    assert_eq!(
        (&made["roles"], &made["grants"], &made["status"]),
        (&json!(["developer"]), &Value::Null, &json!("active"))
    );
    let path = format!("{ACCOUNTS}/{id}");
    assert_eq!(world.get(&path, world.owner()).await.expect(200).json(), made);
    let listed = world.get(&format!("{ACCOUNTS}?search=deploy"), world.owner()).await.expect(200).json();
    assert!(listed["items"].as_array().unwrap().contains(&made));
    let first = world.get(&format!("{ACCOUNTS}?limit=1"), world.owner()).await.expect(200).json();
    assert!(first["next_cursor"].is_string());
    let grants = json!([{ "api": "https://orders.example", "scopes": ["orders:read"] }]);
    let patched = world.call("PATCH", &path, world.owner(), &json!({ "grants": grants })).await.expect(200).json();
    assert_eq!(patched["grants"][0]["scopes"], json!(["orders:read"]));
    let patched = world.call("PATCH", &path, world.owner(), &json!({ "grants": null })).await.expect(200).json();
    assert_eq!((&patched["grants"], &patched["name"]), (&Value::Null, &json!("deployer")));

    let keys = format!("{path}/keys");
    let key = world.post(&keys, world.owner(), &new_public_key()).await.expect(201).json();
    assert_eq!((&key["jwk"]["kty"], &key["kid"]), (&json!("OKP"), &key["jwk"]["kid"]));
    assert_eq!(world.get(&keys, world.owner()).await.expect(200).json()["items"].as_array().unwrap().len(), 2);
    let again = world.post(&keys, world.owner(), &new_public_key()).await.expect(422).json();
    assert_eq!(again["errors"][0]["pointer"], "/jwk");
    for action in ["disable", "enable", "revoke", "revoke"] {
        world.post(&format!("{path}/{action}"), world.owner(), &Value::Null).await.expect(200);
    }
    let ended = world.post(&format!("{path}/enable"), world.owner(), &Value::Null).await.expect(409);
    assert_eq!(ended.text("type"), "urn:latchkey:problem:already-revoked");
}

// API3: which member, which status
#[tokio::test]
async fn bad_members_are_422_and_named() {
    let world = World::new().await;
    for (member, value) in [
        ("nonsense", json!(1)),
        ("id", json!("sa_0000000000000000")),
        ("name", json!("a\0b")),
        ("roles", json!([])),
        ("roles", json!(["king"])),
        ("roles", json!("owner")),
        ("jwks", json!({ "keys": [] })),
        ("jwks", json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] })),
        ("grants", json!([{ "api": "https://nowhere.example" }])),
        ("grants", json!([{ "api": "https://orders.example", "scopes": [], "exchange": [] }])),
    ] {
        let mut body = new_service_account();
        body[member] = value.clone();
        let answer = world.post(ACCOUNTS, world.owner(), &body).await.expect(422).json();
        let pointer = answer["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with(&format!("/{member}")), "{member} {value}: {pointer}");
    }
}

// API5: nobody gives, or has, more than they are
#[tokio::test]
async fn an_admin_makes_no_owner() {
    let world = World::new().await;
    let admin = world.key_of(latchkey_types::Role::Admin);
    let mut owner = new_service_account();
    owner["roles"] = json!(["viewer", "owner"]);
    world.post(ACCOUNTS, admin, &owner).await.expect(403);
    let boss = world.post(ACCOUNTS, world.owner(), &owner).await.expect(201).text("id");
    let path = format!("{ACCOUNTS}/{boss}");
    world.post(&format!("{path}/keys"), admin, &new_public_key()).await.expect(403);
    world.call("PATCH", &path, admin, &json!({ "name": "x" })).await.expect(403);
    let rule = crate::world::new_bodies::new_workload_rule(&boss);
    world.post("/api/v1/orgs/acme/workload-rules", admin, &rule).await.expect(403);
    world.post("/api/v1/orgs/acme/workload-rules", world.owner(), &rule).await.expect(201);
}
