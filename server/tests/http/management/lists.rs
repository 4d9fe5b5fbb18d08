//! Lists: pages, limits, filters.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::new_key;

// Rauthy 0.32.1, API4: 0, -1 and 2^63
#[tokio::test]
async fn bad_parameters_are_422_and_named() {
    let world = World::new().await;
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=-1", "/limit"),
        ("limit=201", "/limit"),
        ("limit=9223372036854775808", "/limit"),
        ("limit=many", "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("cursor=nonsense", "/cursor"),
        ("status=odd", "/status"),
        ("api=x", "/api"),
        ("nonsense=1", "/nonsense"),
        ("search=%00", "/search"),
    ] {
        let answer = world.get(&format!("/api/v1/orgs/acme/keys?{query}"), world.owner()).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    assert_eq!(world.get("/api/v1/orgs/acme%00/keys", world.owner()).await.status, 404, "F-27");
}

#[tokio::test]
async fn pages_follow_each_other() {
    let world = World::new().await;
    for _ in 0..4 {
        world.post("/api/v1/orgs/acme/keys", world.owner(), &new_key()).await.expect(201);
    }
    for (path, total) in [("/api/v1/orgs/acme/keys", 5), ("/api/v1/orgs/acme/management-keys", 6)] {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = world.get(&format!("{path}?limit=2{cursor}"), world.owner()).await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                end => {
                    assert_eq!(*end, Value::Null);
                    break;
                }
            }
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), all), (total, total), "{path}");
    }
}

#[tokio::test]
async fn keys_are_filtered() {
    let world = World::new().await;
    let count = async |query: String| {
        let keys = world.get(&format!("/api/v1/orgs/acme/keys?{query}"), world.owner()).await.expect(200).json();
        keys["items"].as_array().unwrap().len()
    };
    assert_eq!(count("search=check".to_owned()).await, 1);
    assert_eq!(count("search=nothing".to_owned()).await, 0);
    assert_eq!(count("kind=jwt_key".to_owned()).await, 0);
    assert_eq!(count(format!("kind=api_key&environment=live&status=active&api={}", world.api)).await, 1);
    assert_eq!(count(format!("api={}", world.spare_api)).await, 0);
    world.post(&format!("/api/v1/orgs/acme/keys/{}/disable", world.key), world.owner(), &Value::Null).await.expect(200);
    assert_eq!((count("status=active".to_owned()).await, count("status=disabled".to_owned()).await), (0, 1));
}

// a list's cursor that the list didn't give is refused, on every list
#[tokio::test]
async fn cursors_of_no_list_are_422() {
    let world = World::new().await;
    for row in super::routes::table().into_iter().filter(|row| row.method == "GET") {
        let path = super::routes::path(&world, &row).await;
        let key = if path.starts_with("/api/v1/operator") { &world.operator } else { world.owner() };
        if world.get(&path, key).await.expect(200).json().get("next_cursor").is_none() {
            continue;
        }
        let refused = world.get(&format!("{path}?cursor=forged"), key).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/cursor", "{path}");
    }
}

// an item that goes while somebody turns the pages takes no other item along
#[tokio::test]
async fn a_page_goes_on_where_its_last_item_went() {
    let world = World::new().await;
    let path = "/api/v1/orgs/acme/invitations";
    for name in ["cy", "di", "ed"] {
        let body = json!({ "email": format!("{name}@example.com"), "role": "viewer" });
        world.wait(1).await;
        world.post(path, world.owner(), &body).await.expect(201);
    }
    let first = world.get(&format!("{path}?limit=2"), world.owner()).await.expect(200).json();
    let last = first["items"][1]["id"].as_str().unwrap();
    world.call("DELETE", &format!("{path}/{last}"), world.owner(), &Value::Null).await.expect(204);
    let members = "/api/v1/orgs/acme/members";
    let one = world.get(&format!("{members}?limit=1"), world.owner()).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.get(&format!("{path}?limit=2&cursor={cursor}"), world.owner()).await.expect(200).json();
    assert_eq!(second["items"][0]["email"], "cy@example.com");
    assert_eq!((&one["items"][0]["name"], one["next_cursor"].is_string()), (&json!("ada"), true));
    let ada = one["items"][0]["id"].as_str().unwrap();
    let demote = json!({ "role": "viewer" });
    let changed = world.call("PATCH", &format!("{members}/{ada}"), world.owner(), &demote).await.expect(200).json();
    assert_eq!((&changed["id"], &changed["role"]), (&json!(ada), &json!("viewer")));
    world.call("DELETE", &format!("{members}/{ada}"), world.owner(), &Value::Null).await.expect(204);
    let cursor = one["next_cursor"].as_str().unwrap();
    let next = world.get(&format!("{members}?limit=1&cursor={cursor}"), world.owner()).await.expect(200).json();
    assert_eq!((&next["items"][0]["name"], &next["next_cursor"]), (&json!("bea"), &Value::Null));
}
