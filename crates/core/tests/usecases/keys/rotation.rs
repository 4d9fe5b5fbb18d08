//! New secrets for keys that stay.

use latchkey_core::apis::ConsumerPolicy;
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_types::secret::parse;
use latchkey_types::{Role, ScopeSet};

use super::{api_key, claims, create, created, jwt_key};
use crate::setup::{DAY, START, World, refused_fields};

// contract section 10, "Secrets"
#[tokio::test]
async fn rotation_keeps_the_id_and_two_generations() {
    let world = World::new().await;
    let CreatedKey { key, secret } = created(&world).await;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let second = keys::rotate(core, &caller, "acme", &key.id, 3600).await.unwrap();
    assert_eq!(second.key.id, key.id);
    assert_ne!(second.secret, secret);
    assert_eq!(parse("lk", second.secret.expose()).unwrap().id, key.id.random_part());
    let numbers = |key: &keys::Key| key.generations.iter().map(|generation| generation.number).collect::<Vec<_>>();
    assert_eq!(numbers(&second.key), [2, 1]);
    assert_eq!(second.key.generations[1].ends_at, Some(START.plus_seconds(3600)));
    assert_eq!(second.key.generations[0].ends_at, None);

    let third = keys::rotate(core, &caller, "acme", &key.id, 60).await.unwrap();
    assert_eq!(numbers(&third.key), [3, 2]);
    assert_eq!(third.key.generations[1].ends_at, Some(START.plus_seconds(60)));
    assert_eq!(world.actions_on(&world.acme, key.id.as_str()).await, ["key.create", "key.rotate", "key.rotate"]);
    for overlap in [-1, 2_592_001, i64::MAX, i64::MIN] {
        assert_eq!(refused_fields(keys::rotate(core, &caller, "acme", &key.id, overlap).await), ["overlap_seconds"]);
    }
    assert!(keys::rotate(core, &caller, "acme", &key.id, 2_592_000).await.is_ok());
}

#[tokio::test]
async fn parallel_rotations_all_count() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let rotate = || keys::rotate(core, &caller, "acme", &key.id, 60);
    let (a, b, c) = tokio::join!(rotate(), rotate(), rotate());
    let mut numbers: Vec<_> = [a, b, c].into_iter().map(|made| made.unwrap().key.generations[0].number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4]);
}

#[tokio::test]
async fn a_jwt_key_rotates_to_a_jwt_of_the_same_life() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let new = NewKey { expires_at: Some(START.plus_seconds(10 * DAY)), ..jwt_key(&api.audience, &["read"]) };
    let first = create(&world, new).await.unwrap();
    world.clock.advance(4 * DAY);
    let caller = world.acme(Role::Developer);
    let second = keys::rotate(&world.core, &caller, "acme", &first.key.id, 60).await.unwrap();
    let end = START.plus_seconds(14 * DAY);
    assert_eq!(second.key.expires_at, Some(end));
    assert_eq!(second.key.generations[1].ends_at, Some(START.plus_seconds(4 * DAY + 60)));
    let claims = claims(&world, second.secret.expose()).await;
    assert_eq!((claims.exp, claims.sub.as_str()), (end, first.key.id.as_str()));
    assert_eq!(second.key.generations[0].jti.as_deref(), Some(claims.jti.as_str()));
    assert_ne!(second.key.generations[0].jti, second.key.generations[1].jti);
    // expired is no hindrance: the new JWT has its own end
    world.clock.advance(100 * DAY);
    assert!(keys::rotate(&world.core, &caller, "acme", &first.key.id, 0).await.is_ok());
}

// what the API's owner took back since is not signed again
#[tokio::test]
async fn a_rotated_jwt_says_only_what_is_still_open() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    let approved = ConsumerPolicy { scopes: ScopeSet::from_parameter("write").unwrap(), ..ConsumerPolicy::default() };
    world.decide(&api, &world.acme, approved).await;
    let key = create(&world, jwt_key(&api.audience, &["read", "write"])).await.unwrap().key;
    world.decide(&api, &world.acme, ConsumerPolicy::default()).await;
    let rotated = keys::rotate(&world.core, &world.acme(Role::Developer), "acme", &key.id, 0).await.unwrap();
    assert_eq!(claims(&world, rotated.secret.expose()).await.scope.to_string(), "read");
}

#[tokio::test]
async fn an_expired_api_key_wants_a_later_end_first() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &[]).await;
    let new = NewKey { expires_at: Some(START.plus_seconds(60)), ..api_key(&api.audience, &[]) };
    let key = create(&world, new).await.unwrap().key;
    world.clock.advance(60);
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    assert_eq!(refused_fields(keys::rotate(core, &caller, "acme", &key.id, 0).await), ["expires_at"]);
    let patch = KeyPatch { expires_at: Some(Some(START.plus_seconds(DAY))), ..KeyPatch::default() };
    keys::update(core, &caller, "acme", &key.id, patch).await.unwrap();
    assert!(keys::rotate(core, &caller, "acme", &key.id, 0).await.is_ok());
}
