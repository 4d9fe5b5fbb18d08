//! `POST /oauth/token` where the answer can't be known, and where somebody guesses.

use std::time::Duration;

use serde_json::json;

use crate::world::{Answer, World};

async fn ask(world: &World, secret: &str) -> Answer {
    let app = json!({ "auth_method": "client_secret_post" });
    let path = format!("/api/v1/orgs/acme/apps/{}", world.client);
    // the store may be gone by now, and then the app was changed before
    let _ = world.call("PATCH", &path, world.owner(), &app).await;
    world.token(&[], &format!("grant_type=client_credentials&client_id={}&client_secret={secret}", world.client)).await
}

// contract sections 2 and 4 (503 with Retry-After), A7: never a guess, and what is remembered is believed for two seconds
#[tokio::test]
async fn a_lost_database_is_503() {
    let world = World::new().await;
    ask(&world, &world.client_secret).await.expect(200);
    world.store.close().await;
    world.clock.advance(Duration::from_secs(3));
    let answer = ask(&world, &world.client_secret).await.expect(503);
    assert_eq!((answer.text("error").as_str(), answer.header("retry-after")), ("temporarily_unavailable", "1"));
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
}

// F-23: wrong secrets are slowed down by client; who has the right one goes on
#[tokio::test]
async fn guessing_is_429() {
    let world = World::new().await;
    ask(&world, &world.client_secret).await.expect(200);
    let (id, secret) = world.client_secret[..].split_at(world.client_secret.len() - 49);
    let wrong = |number: u8| {
        let text = latchkey_types::secret::compose(
            "lk",
            latchkey_types::secret::SecretKind::Secret,
            id.split('_').nth(2).unwrap(),
            &[number; 32],
        );
        assert!(!text.ends_with(secret));
        text
    };
    for number in 0..10 {
        ask(&world, &wrong(number)).await.expect(401);
    }
    let answer = ask(&world, &wrong(10)).await.expect(429);
    assert_eq!(answer.text("error"), "temporarily_unavailable");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    ask(&world, &world.client_secret).await.expect(200);
    world.wait(wait).await;
    ask(&world, &wrong(11)).await.expect(401);
}
