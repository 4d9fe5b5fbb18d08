//! What organisations are told: out of the audit log, out of what expires, once whichever replicas look.

mod audit_log;
mod expiry;
mod mail;
mod reading;

use latchkey_core::keys::{self, NewKey};
use latchkey_core::notices::{self, Notice, title};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller};
use latchkey_types::{CredentialKind, KeyId, Role, UserId};

use crate::setup::{DAY, MASTER_KEY, World, page};

fn vault() -> Vault {
    Vault::new(MasterKey::from_bytes(MASTER_KEY), None)
}

/// A key of `acme` that ends in so many days.
async fn key(world: &World, name: &str, days: Option<i64>) -> KeyId {
    let found = world.core.store.list_apis(&world.acme.id, None, &page()).await.unwrap().items;
    let api = match found.into_iter().next() {
        Some(api) => api,
        None => world.private_api(&world.acme, "orders", &["read"]).await,
    };
    // 0 days are half a one
    let expires_at = days.map(|days| world.core.clock.now().plus_seconds((days * DAY).max(DAY / 2)));
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: name.to_owned(),
        api: api.audience,
        expires_at,
        ..NewKey::default()
    };
    keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap().key.id
}

async fn revoke(world: &World, id: &KeyId) {
    keys::revoke(&world.core, &world.acme(Role::Developer), "acme", id, Some("left".to_owned())).await.unwrap();
}

/// Titles of `acme`'s notices, newest first.
async fn told(world: &World) -> Vec<String> {
    all(world).await.iter().map(title).collect()
}

async fn all(world: &World) -> Vec<Notice> {
    notices::list(&world.core, &world.acme(Role::Viewer), "acme", &page()).await.unwrap().listed.items
}

/// An admin of `acme` whose address is verified.
async fn admin(world: &World, name: &str) -> (Caller, UserId) {
    use latchkey_core::accounts::{self, Identity};
    let identity = Identity {
        issuer: "https://idp.example".to_owned(),
        subject: name.to_owned(),
        name: name.to_owned(),
        email: Some(format!("{name}@acme.example")),
        email_verified: true,
    };
    let user = accounts::sign_in(&world.core, identity, None).await.unwrap().id;
    let caller = Caller { actor: Actor::User { id: user.clone(), operator: false }, ip: None };
    let (owner, address) = (world.acme(Role::Owner), format!("{name}@acme.example"));
    let invited = latchkey_core::orgs::invite(&world.core, &owner, "acme", &address, Role::Admin).await.unwrap();
    latchkey_core::orgs::accept_invitation(&world.core, &caller, invited.token.expose()).await.unwrap();
    (caller, user)
}
