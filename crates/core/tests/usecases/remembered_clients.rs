//! Clients that proved themselves by a secret are remembered; what they stand on decides all the same, at once.

use std::sync::Arc;

use latchkey_core::apis::ConsumerPolicy;
use latchkey_core::apps::{self, AppPatch, NewGrant};
use latchkey_core::oauth::{self, TokenRequest};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Core, apis, signing, verify};
use latchkey_store::SqliteStore;
use latchkey_types::Role;
use sqlx::{Connection as _, SqliteConnection};

use crate::apps::{MadeApp, create, created, grant};
use crate::oauth::{request, word};
use crate::setup::{MASTER_KEY, START, World};

async fn replica(world: &World) -> Arc<Core> {
    let replica = world.replica(90, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&replica).await.unwrap();
    verify::follow(&replica).await.unwrap();
    replica
}

/// On this process and, once it has followed the change log, on another.
async fn both(world: &World, other: &Core, request: &TokenRequest) -> [&'static str; 2] {
    verify::follow(other).await.unwrap();
    [word(&oauth::token(&world.core, request.clone()).await), word(&oauth::token(other, request.clone()).await)]
}

async fn set_grants(world: &World, made: &MadeApp, grants: Vec<NewGrant>) {
    let patch = AppPatch { grants: Some(grants), ..AppPatch::default() };
    apps::update(&world.core, &world.acme(Role::Developer), "acme", &made.app.id, patch).await.unwrap();
}

// F-11
#[tokio::test]
async fn the_app_the_secret_and_the_organisation_decide_at_once() {
    let world = World::new().await;
    let (core, developer) = (&world.core, world.acme(Role::Developer));
    let made = created(&world).await;
    let other = replica(&world).await;
    let request = request(&made);
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);
    apps::disable(core, &developer, "acme", &made.app.id).await.unwrap();
    assert_eq!(both(&world, &other, &request).await, ["invalid_client"; 2]);
    apps::enable(core, &developer, "acme", &made.app.id).await.unwrap();
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);

    let secrets = apps::list_secrets(core, &developer, "acme", &made.app.id).await.unwrap();
    let second = apps::create_secret(core, &developer, "acme", &made.app.id).await.unwrap();
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);
    apps::delete_secret(core, &developer, "acme", &made.app.id, &secrets[0].id).await.unwrap();
    assert_eq!(both(&world, &other, &request).await, ["invalid_client"; 2]);

    let by_second = crate::oauth::request(&MadeApp { client_secret: second.client_secret, app: made.app.clone() });
    assert_eq!(both(&world, &other, &by_second).await, ["issued"; 2]);
    apps::revoke(core, &developer, "acme", &made.app.id, None).await.unwrap();
    assert_eq!(both(&world, &other, &by_second).await, ["invalid_client"; 2]);

    let bystander = create(&world, Vec::new()).await.unwrap();
    let request = crate::oauth::request(&bystander);
    assert_eq!(both(&world, &other, &request).await, ["invalid_target"; 2], "a good client without a grant");
    world.suspend(&world.acme).await;
    assert_eq!(both(&world, &other, &request).await, ["invalid_client"; 2]);
}

// F-11
#[tokio::test]
async fn grants_and_the_apis_owner_decide_at_once() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    let made = create(&world, vec![grant(&api.audience, &["read"])]).await.unwrap();
    let other = replica(&world).await;
    let request = TokenRequest { scope: Some("read".to_owned()), ..request(&made) };
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);
    set_grants(&world, &made, Vec::new()).await;
    assert_eq!(both(&world, &other, &request).await, ["invalid_target"; 2]);
    set_grants(&world, &made, vec![grant(&api.audience, &["read"])]).await;
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);

    world.decide(&api, &world.acme, ConsumerPolicy { blocked_at: Some(START), ..ConsumerPolicy::default() }).await;
    assert_eq!(both(&world, &other, &request).await, ["invalid_target"; 2]);
    world.decide(&api, &world.acme, ConsumerPolicy::default()).await;
    assert_eq!(both(&world, &other, &request).await, ["issued"; 2]);

    let patch = apis::ApiPatch { scopes: Some(Vec::new()), ..apis::ApiPatch::default() };
    apis::update(&world.core, &world.globex(Role::Admin), "globex", &api.id, patch).await.unwrap();
    assert_eq!(both(&world, &other, &request).await, ["invalid_scope"; 2]);
}

// contract section 2: LATCHKEY_MAX_STALENESS
#[tokio::test]
async fn memory_is_believed_only_while_the_change_log_is_in_sight() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.db").display());
    let store = SqliteStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let world = World::on(store).await;
    let made = created(&world).await;
    verify::follow(&world.core).await.unwrap();
    let ask = async || word(&oauth::token(&world.core, request(&made)).await);
    assert_eq!(ask().await, "issued");
    // behind the process' back, and without a row in the change log
    let mut elsewhere = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE apps SET disabled_at = 1").execute(&mut elsewhere).await.unwrap();
    assert_eq!(ask().await, "issued", "from memory, without a look-up");
    world.clock.advance(3);
    assert_eq!(ask().await, "invalid_client");
}

// A9: what is remembered helps nobody but who has the secret
#[tokio::test]
async fn a_remembered_client_is_proven_each_time() {
    let world = World::new().await;
    let made = created(&world).await;
    let other = created_beside(&world).await;
    for made in [&made, &other] {
        assert_eq!(word(&oauth::token(&world.core, request(made)).await), "issued");
    }
    let crossed = MadeApp { app: made.app.clone(), client_secret: other.client_secret };
    assert_eq!(word(&oauth::token(&world.core, request(&crossed)).await), "invalid_client");
}

async fn created_beside(world: &World) -> MadeApp {
    create(world, vec![grant("https://orders.example", &["read"])]).await.unwrap()
}
