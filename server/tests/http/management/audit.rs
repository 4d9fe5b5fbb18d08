//! `GET /orgs/{slug}/audit`, and what stands in it.

use latchkey_types::Role;
use serde_json::Value;

use crate::world::World;

// F-39, contract section 10: refused management calls are recorded, with the words that done ones have
#[tokio::test]
async fn refused_calls_are_recorded() {
    let world = World::new().await;
    let path = format!("/api/v1/orgs/acme/keys/{}/revoke", world.key);
    world.post(&path, world.key_of(Role::Viewer), &Value::Null).await.expect(403);
    world.post(&path, world.key_of(Role::Developer), &Value::Null).await.expect(200);

    let rows = world.get("/api/v1/orgs/acme/audit?action=key.revoke", world.owner()).await.expect(200).json();
    let rows: Vec<(&str, &str, &str)> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |value: &'_ Value| -> &str { Box::leak(value.as_str().unwrap().to_owned().into_boxed_str()) };
            (text(&row["outcome"]), text(&row["target"]["type"]), text(&row["target"]["id"]))
        })
        .collect();
    assert_eq!(rows, [("done", "key", world.key.as_str()), ("denied", "key", world.key.as_str())]);
}

// F-19: no secret stands in the log
#[tokio::test]
async fn no_secret_is_in_the_log() {
    let world = World::new().await;
    let text = String::from_utf8(
        world.get("/api/v1/orgs/acme/audit?limit=200", world.owner()).await.expect(200).body.to_vec(),
    );
    let text = text.unwrap();
    for secret in [&world.key_secret, &world.client_secret, &world.verification_key, world.owner()] {
        let secret_part = secret.rsplit('_').next().unwrap();
        assert!(!text.contains(secret_part));
    }
}
