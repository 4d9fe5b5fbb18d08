//! What expires is told before.

use latchkey_core::keys::{self, KeyPatch};
use latchkey_core::management_keys;
use latchkey_core::notices;
use latchkey_types::{Role, Timestamp};

use super::{all, key, revoke, told};
use crate::setup::{DAY, World};

#[tokio::test]
async fn an_expiry_is_told_at_30_7_and_1_days() {
    let world = World::new().await;
    let id = key(&world, "checkout", Some(40)).await;
    key(&world, "short", Some(20)).await;
    key(&world, "hours", Some(0)).await;
    let mut seen = Vec::new();
    for hour in 0..(41 * 24) {
        notices::expiring(&world.core).await.unwrap();
        let now = told(&world).await;
        if now.len() != seen.len() {
            seen.push((hour / 24, now[0].clone()));
        }
        world.clock.advance(3_600);
    }
    let line = |name: &str, span: &str| format!("Key “{name}” expires within {span}");
    assert_eq!(
        seen,
        [
            (10, line("checkout", "30 days")),
            (13, line("short", "7 days")),
            (19, line("short", "a day")),
            (33, line("checkout", "7 days")),
            (39, line("checkout", "a day")),
        ]
    );
    assert_eq!(all(&world).await[0].detail["days"], 1);
    assert!(all(&world).await.iter().filter(|notice| notice.subject_id == id.as_str()).count() == 3);
}

#[tokio::test]
async fn another_end_is_another_thing_to_tell() {
    let world = World::new().await;
    let id = key(&world, "checkout", Some(40)).await;
    world.clock.advance(35 * DAY);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    let later = world.core.clock.now().plus_seconds(90 * DAY);
    let patch = KeyPatch { expires_at: Some(Some(later)), ..KeyPatch::default() };
    keys::update(&world.core, &world.acme(Role::Developer), "acme", &id, patch).await.unwrap();
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    world.clock.advance(84 * DAY);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
    // revoked: its end is told no more
    revoke(&world, &id).await;
    world.clock.advance(5 * DAY + DAY / 2);
    notices::expiring(&world.core).await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn management_keys_are_told_of_too() {
    let world = World::new().await;
    notices::derive(&world.core).await.unwrap();
    let owner = world.acme(Role::Owner);
    let end: Timestamp = world.core.clock.now().plus_seconds(31 * DAY);
    let new = management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: Some(end) };
    let made = management_keys::create(&world.core, &owner, Some("acme"), new).await.unwrap().key;
    world.clock.advance(2 * DAY);
    notices::expiring(&world.core).await.unwrap();
    management_keys::revoke(&world.core, &owner, Some("acme"), &made.id).await.unwrap();
    world.clock.advance(1);
    notices::derive(&world.core).await.unwrap();
    let mut found = told(&world).await;
    found.sort();
    assert_eq!(found, ["Management key “ci” expires within 30 days", "Management key “ci” was revoked"]);
}
