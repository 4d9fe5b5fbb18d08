//! Security tiers, hygiene, lists of addresses and principals over HTTP.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{new_api, new_app, new_key, new_service_account};

const ORG: &str = "/api/v1/orgs/acme";

async fn preview(world: &World, tier: &str) -> Value {
    let path = format!("{ORG}/security-tier/preview");
    world.post(&path, world.owner(), &json!({ "security_tier": tier })).await.expect(200).json()
}

#[tokio::test]
async fn a_tier_is_previewed_and_taken_by_its_count() {
    let world = World::new().await;
    assert_eq!(world.get(ORG, world.owner()).await.expect(200).json()["security_tier"], "low");
    let keys = format!("{ORG}/keys");
    let mut endless = new_key();
    endless["expires_at"] = Value::Null;
    let made = world.post(&keys, world.owner(), &endless).await.expect(201).text("id");
    let seen = preview(&world, "medium").await;
    assert_eq!((&seen["current"], &seen["security_tier"]), (&json!("low"), &json!("medium")));
    let breaks = seen["breaks"].as_u64().unwrap();
    let items = seen["items"].as_array().unwrap();
    assert!(breaks >= 1 && items.len() as u64 == breaks, "{seen}");
    let broken = items.iter().find(|item| item["id"] == made.as_str()).unwrap();
    assert_eq!((&broken["kind"], &broken["organisation"]), (&json!("api_key"), &json!("acme")));
    assert_eq!(broken["reasons"][0]["code"], "no_end");
    assert_eq!(seen["demands"]["Access tokens live at most"], "900 seconds");
    assert!(seen["by_reason"]["no_end"].as_u64().unwrap() >= 1);

    let patch = async |body: Value| world.call("PATCH", ORG, world.owner(), &body).await;
    for body in [json!({ "security_tier": "medium" }), json!({ "security_tier": "medium", "breaks": breaks + 1 })] {
        let refused = patch(body).await.expect(409);
        assert_eq!(refused.text("type"), "urn:latchkey:problem:preview-outdated");
        assert!(refused.text("detail").contains(&breaks.to_string()), "{refused:?}");
    }
    for (body, pointer) in [
        (json!({ "breaks": 1 }), "/breaks"),
        (json!({ "security_tier": "extreme" }), "/security_tier"),
        (json!({ "security_tier": "medium", "breaks": -1 }), "/breaks"),
    ] {
        let refused = patch(body.clone()).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{body}");
    }
    let admin = world.key_of(latchkey_types::Role::Admin);
    world.call("PATCH", ORG, admin, &json!({ "security_tier": "medium", "breaks": breaks })).await.expect(403);
    let taken = patch(json!({ "security_tier": "medium", "breaks": breaks })).await.expect(200).json();
    assert_eq!(taken["security_tier"], "medium");
    // what the tier refuses stands first among the findings
    let found = world.get(&format!("{ORG}/hygiene?finding=refused_by_tier"), world.owner()).await.expect(200).json();
    let found = found["items"].as_array().unwrap().iter().find(|item| item["id"] == made.as_str()).cloned().unwrap();
    assert_eq!(found["findings"][0]["code"], "refused_by_tier");
    assert!(found["findings"].as_array().unwrap().iter().all(|finding| finding["advice"].is_string()));
}

#[tokio::test]
async fn hygiene_is_paged_and_filtered() {
    let world = World::new().await;
    let first = world.get(&format!("{ORG}/hygiene?limit=1"), world.owner()).await.expect(200).json();
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.get(&format!("{ORG}/hygiene?limit=1&cursor={cursor}"), world.owner()).await.expect(200).json();
    assert_ne!(first["items"], second["items"]);
    for (query, pointer) in [
        ("finding=dust", "/finding"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("cursor=*", "/cursor"),
        ("x=1", "/x"),
    ] {
        let refused = world.get(&format!("{ORG}/hygiene?{query}"), world.owner()).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
    }
}

#[tokio::test]
async fn every_kind_takes_lists_of_addresses() {
    let world = World::new().await;
    let mut app = new_app();
    app["name"] = json!("listed");
    for (path, body) in [("keys", new_key()), ("apps", app), ("service-accounts", new_service_account())] {
        let mut body = body;
        body["allowed_ips"] = json!(["203.0.113.0/24", "2001:db8::/32", "::ffff:192.0.2.1"]);
        body["denied_ips"] = json!(["203.0.113.66"]);
        let made = world.post(&format!("{ORG}/{path}"), world.owner(), &body).await.expect(201).json();
        assert_eq!(made["allowed_ips"], json!(["203.0.113.0/24", "2001:db8::/32", "192.0.2.1/32"]), "{path}");
        assert_eq!(made["denied_ips"], json!(["203.0.113.66/32"]), "{path}");
        let one = format!("{ORG}/{path}/{}", made["id"].as_str().unwrap());
        let patch = json!({ "allowed_ips": null, "denied_ips": ["10.0.0.0/8"] });
        let changed = world.call("PATCH", &one, world.owner(), &patch).await.expect(200).json();
        assert_eq!((&changed["allowed_ips"], &changed["denied_ips"]), (&json!([]), &json!(["10.0.0.0/8"])), "{path}");
        for (member, value) in
            [("denied_ips", json!(["10.0.0.1/8"])), ("allowed_ips", json!(["x"])), ("denied_ips", json!("10.0.0.1"))]
        {
            let refused = world.call("PATCH", &one, world.owner(), &json!({ member: value })).await.expect(422).json();
            let pointer = refused["errors"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with(&format!("/{member}")), "{path} {pointer}");
        }
    }
}

#[tokio::test]
async fn an_api_says_for_whom_callers_act() {
    let world = World::new().await;
    let apis = format!("{ORG}/apis");
    let mut new = new_api("https://people.example");
    new["principals"] = json!(["user"]);
    let made = world.post(&apis, world.owner(), &new).await.expect(201).json();
    assert_eq!(made["principals"], json!(["user"]));
    let one = format!("{apis}/{}", made["id"].as_str().unwrap());
    let patch = json!({ "principals": ["user", "service", "user"] });
    let changed = world.call("PATCH", &one, world.owner(), &patch).await.expect(200).json();
    assert_eq!(changed["principals"], json!(["service", "user"]));
    let kept = world.call("PATCH", &one, world.owner(), &json!({ "name": "Other" })).await.expect(200).json();
    assert_eq!(kept["principals"], json!(["service", "user"]));
    for bad in [json!([]), json!(["robot"]), json!("user")] {
        let refused = world.call("PATCH", &one, world.owner(), &json!({ "principals": bad })).await.expect(422).json();
        let pointer = refused["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/principals"), "{pointer}");
    }
}
