//! How long keys live.

use latchkey_core::keys::{self, KeyPatch, NewKey};
use latchkey_core::orgs::{OrgChange, OrgSettingsChange};
use latchkey_core::ports::OrgStore;
use latchkey_types::Role;

use super::{api_key, create, created, created_jwt, jwt_key};
use crate::setup::{DAY, START, World, refused_fields};

async fn limit_lifetime(world: &World, days: u32) {
    let settings = OrgSettingsChange { max_key_lifetime_days: Some(Some(days)), ..OrgSettingsChange::default() };
    let change = OrgChange { settings, ..OrgChange::default() };
    world.store.update_org(&world.acme.id, &change, &world.audit(None, "org.update")).await.unwrap();
}

#[tokio::test]
async fn a_jwt_key_lives_a_year_at_most() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &[]).await;
    let until = |seconds| NewKey { expires_at: Some(START.plus_seconds(seconds)), ..jwt_key(&api.audience, &[]) };
    assert!(create(&world, until(365 * DAY)).await.is_ok());
    assert_eq!(refused_fields(create(&world, until(365 * DAY + 1)).await), ["expires_at"]);
    assert_eq!(refused_fields(create(&world, until(0)).await), ["expires_at"]);
    // half a second from now is this second already, as a JWT counts
    let half = NewKey { expires_at: Some(START.plus_millis(500)), ..jwt_key(&api.audience, &[]) };
    assert_eq!(refused_fields(create(&world, half).await), ["expires_at"]);
    let fraction = NewKey { expires_at: Some(START.plus_millis(1500)), ..jwt_key(&api.audience, &[]) };
    assert_eq!(create(&world, fraction).await.unwrap().key.expires_at, Some(START.plus_seconds(1)));
}

#[tokio::test]
async fn the_organisations_limit_holds_for_both_kinds() {
    let world = World::new().await;
    limit_lifetime(&world, 30).await;
    let api = world.private_api(&world.acme, "orders", &[]).await;
    for new in [api_key(&api.audience, &[]), jwt_key(&api.audience, &[])] {
        // left out, it is what the organisation allows
        let key = create(&world, new.clone()).await.unwrap().key;
        assert_eq!(key.expires_at, Some(START.plus_seconds(30 * DAY)));
        let over = NewKey { expires_at: Some(START.plus_seconds(30 * DAY + 1)), ..new };
        assert_eq!(refused_fields(create(&world, over).await), ["expires_at"]);
    }
}

#[tokio::test]
async fn only_rotation_makes_a_key_outlive_the_limit() {
    let world = World::new().await;
    limit_lifetime(&world, 30).await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    world.clock.advance(10 * DAY);
    let until = |seconds| KeyPatch { expires_at: Some(Some(START.plus_seconds(seconds))), ..KeyPatch::default() };
    let refused = keys::update(core, &caller, "acme", &key.id, until(31 * DAY)).await;
    assert_eq!(refused_fields(refused), ["expires_at"]);
    let for_ever = KeyPatch { expires_at: Some(None), ..KeyPatch::default() };
    assert_eq!(refused_fields(keys::update(core, &caller, "acme", &key.id, for_ever).await), ["expires_at"]);
    keys::rotate(core, &caller, "acme", &key.id, 0).await.unwrap();
    let moved = keys::update(core, &caller, "acme", &key.id, until(40 * DAY)).await.unwrap();
    assert_eq!(moved.expires_at, Some(START.plus_seconds(40 * DAY)));
}

#[tokio::test]
async fn a_jwts_end_moves_to_earlier_only() {
    let world = World::new().await;
    let key = created_jwt(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let to = |end| KeyPatch { expires_at: Some(end), ..KeyPatch::default() };
    for end in [None, Some(START.plus_seconds(91 * DAY)), Some(START)] {
        assert_eq!(refused_fields(keys::update(core, &caller, "acme", &key.id, to(end)).await), ["expires_at"]);
    }
    let sooner = Some(START.plus_seconds(DAY));
    assert_eq!(keys::update(core, &caller, "acme", &key.id, to(sooner)).await.unwrap().expires_at, sooner);
}
