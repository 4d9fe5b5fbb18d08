//! Lists: pages, limits, filters.

use serde_json::Value;

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
