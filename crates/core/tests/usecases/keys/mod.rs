//! Keys: contract sections 3, 5, 8 and 10.

mod changes;
mod creation;
mod lifetime;
mod lists;
mod rotation;

use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::{Error, signing};
use latchkey_jose::{AccessToken, CompactJws};
use latchkey_types::{CredentialKind, Environment, Role};

use crate::setup::World;

fn api_key(api: &str, scopes: &[&str]) -> NewKey {
    NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: api.to_owned(),
        environment: Environment::Live,
        scopes: scopes.iter().map(ToString::to_string).collect(),
        expires_at: None,
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    }
}

fn jwt_key(api: &str, scopes: &[&str]) -> NewKey {
    NewKey { kind: CredentialKind::JwtKey, ..api_key(api, scopes) }
}

async fn create(world: &World, new: NewKey) -> Result<CreatedKey, Error> {
    keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await
}

/// A key of `acme` for an API of its own.
async fn created(world: &World) -> CreatedKey {
    let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
    create(world, api_key(&api.audience, &["read"])).await.unwrap()
}

async fn created_jwt(world: &World) -> CreatedKey {
    let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
    create(world, jwt_key(&api.audience, &["read"])).await.unwrap()
}

async fn claims(world: &World, jwt: &str) -> AccessToken {
    let jws = CompactJws::parse(jwt).unwrap();
    let ring = signing::current(&world.core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}
