//! What an organisation sees of its keys, and what it could make keys for.

use latchkey_core::Error;
use latchkey_core::apis::{ConsumerPolicy, ScopeGrant, Visibility};
use latchkey_core::keys::{self, KeyFilter, KeyPatch};
use latchkey_types::Role;

use super::created;
use crate::setup::{START, World, operator, page, refused_fields};

// F-14
#[tokio::test]
async fn another_organisations_key_is_not_there() {
    let world = World::new().await;
    let id = created(&world).await.key.id;
    let (core, caller) = (&world.core, world.globex(Role::Owner));
    for org in ["acme", "globex"] {
        assert!(matches!(keys::get(core, &caller, org, &id).await, Err(Error::NotFound)));
        assert!(matches!(keys::rotate(core, &caller, org, &id, 0).await, Err(Error::NotFound)));
        assert!(matches!(keys::disable(core, &caller, org, &id).await, Err(Error::NotFound)));
        assert!(matches!(keys::enable(core, &caller, org, &id).await, Err(Error::NotFound)));
        assert!(matches!(keys::revoke(core, &caller, org, &id, None).await, Err(Error::NotFound)));
        let patch = KeyPatch { name: Some("x".to_owned()), ..KeyPatch::default() };
        assert!(matches!(keys::update(core, &caller, org, &id, patch).await, Err(Error::NotFound)));
    }
    assert_eq!(world.actions_on(&world.acme, id.as_str()).await, ["key.create"]);
}

#[tokio::test]
async fn lists_show_the_organisations_own() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, filter) = (&world.core, KeyFilter::default());
    let items = |caller, org| {
        let filter = filter.clone();
        async move { keys::list(core, &caller, org, &filter, &page()).await }
    };
    assert_eq!(items(world.acme(Role::Viewer), "acme").await.unwrap().items, std::slice::from_ref(&key));
    assert_eq!(items(operator(), "acme").await.unwrap().items, [key]);
    assert!(items(world.globex(Role::Owner), "globex").await.unwrap().items.is_empty());
    assert!(matches!(items(world.globex(Role::Owner), "acme").await, Err(Error::NotFound)));
    let nul = KeyFilter { search: Some("a\0".to_owned()), ..KeyFilter::default() };
    assert_eq!(refused_fields(keys::list(core, &operator(), "acme", &nul, &page()).await), ["search"]);
}

#[tokio::test]
async fn grantable_are_own_apis_and_open_ones() {
    let world = World::new().await;
    let foreign = world.public_api_of_globex().await;
    world.private_api(&world.globex, "hidden", &[]).await;
    let blocking = world.api(&world.globex, "closed", Visibility::Public, &[("x", ScopeGrant::SelfService)]).await;
    let blocked = ConsumerPolicy { blocked_at: Some(START), ..ConsumerPolicy::default() };
    world.decide(&blocking, &world.acme, blocked).await;
    let own = world.private_api(&world.acme, "orders", &["a", "b"]).await;
    let shown: Vec<_> = keys::grantable_apis(&world.core, &world.acme(Role::Viewer), "acme")
        .await
        .unwrap()
        .into_iter()
        .map(|grantable| (grantable.api.id, grantable.own, grantable.scopes.to_string()))
        .collect();
    assert_eq!(shown, [(own.id, true, "a b".to_owned()), (foreign.id, false, "read".to_owned())]);
}
