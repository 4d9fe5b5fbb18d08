//! Apps: contract sections 6, 8 and 10.

use latchkey_core::apps::{self, App, AppPatch, AuthMethod, NewApp, NewGrant};
use latchkey_core::hashing::Checked;
use latchkey_core::limits::{LimitMode, NewRateLimit};
use latchkey_core::ports::AppStore;
use latchkey_core::service_accounts::{self, NewServiceAccount};
use latchkey_core::{Error, PlainSecret, oauth};
use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{CredentialStatus, Role};

use crate::setup::{START, World, conflict, page, refused_fields};

pub fn grant(api: &str, scopes: &[&str]) -> NewGrant {
    NewGrant { api: api.to_owned(), scopes: scopes.iter().map(ToString::to_string).collect(), ..NewGrant::default() }
}

pub fn new_app(grants: Vec<NewGrant>) -> NewApp {
    NewApp { name: "billing".to_owned(), grants, ..NewApp::default() }
}

/// An app that authenticates by its secret.
#[derive(Debug)]
pub struct MadeApp {
    pub app: App,
    pub client_secret: PlainSecret,
}

/// An app of `acme`.
pub async fn create(world: &World, grants: Vec<NewGrant>) -> Result<MadeApp, Error> {
    let made = apps::create(&world.core, &world.acme(Role::Developer), "acme", new_app(grants)).await?;
    Ok(MadeApp { app: made.app, client_secret: made.client_secret.unwrap() })
}

/// An app of `acme` for an API of its own, with the scopes `read` and `write`.
pub async fn created(world: &World) -> MadeApp {
    let api = world.private_api(&world.acme, "orders", &["read", "write", "delete"]).await;
    create(world, vec![grant(&api.audience, &["read", "write"])]).await.unwrap()
}

#[tokio::test]
async fn an_app_has_a_secret_of_its_own_form() {
    let world = World::new().await;
    let MadeApp { app, client_secret } = created(&world).await;
    let caller = world.acme(Role::Viewer);
    assert_eq!(apps::get(&world.core, &caller, "acme", &app.id).await.unwrap(), app);
    let secrets = apps::list_secrets(&world.core, &caller, "acme", &app.id).await.unwrap();
    let parsed = parse("lk", client_secret.expose()).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::Secret, secrets[0].id.random_part()));
    assert_eq!((secrets.len(), secrets[0].created_at, secrets[0].last_used_at), (1, START, None));
    let row = world.store.find_verifiable_app(&app.id).await.unwrap().unwrap();
    let checked = world.core.hasher.check(client_secret.expose(), Some(&row.secrets[0].hash)).await.unwrap();
    assert_eq!(checked, Checked::Same);
    assert_eq!(world.actions_on(&world.acme, app.id.as_str()).await, ["app.create"]);
}

#[tokio::test]
async fn apps_and_accounts_are_made_with_their_rate_limits() {
    let world = World::new().await;
    let limit = |limit| NewRateLimit {
        name: "per minute".to_owned(),
        limit,
        window_seconds: 60,
        mode: Some(LimitMode::Exact),
        on_unknown: None,
    };
    let owner = world.acme(Role::Owner);
    let app = async |typed| {
        let new = NewApp { rate_limits: typed, ..new_app(Vec::new()) };
        apps::create(&world.core, &owner, "acme", new).await.map(|made| made.app)
    };
    let account = async |typed| {
        let (name, roles) = ("deployer".to_owned(), vec![Role::Viewer]);
        let new = NewServiceAccount { name, roles, rate_limits: typed, ..NewServiceAccount::default() };
        service_accounts::create(&world.core, &owner, "acme", new).await.map(|made| made.account)
    };
    let stored = app(vec![limit(100)]).await.unwrap();
    assert_eq!((stored.rate_limits[0].limit, stored.rate_limits[0].mode), (100, LimitMode::Exact));
    assert_eq!(apps::get(&world.core, &owner, "acme", &stored.id).await.unwrap(), stored);
    let stored = account(vec![limit(100)]).await.unwrap();
    assert_eq!(stored.rate_limits[0].limit, 100);
    assert_eq!(service_accounts::get(&world.core, &owner, "acme", &stored.id).await.unwrap(), stored);
    assert!(world.audit_text().await.contains("per minute"));
    let twice = vec![limit(1), limit(0)];
    let fields = ["rate_limits/1/name", "rate_limits/1/limit"];
    assert_eq!(refused_fields(app(twice.clone()).await), fields);
    assert_eq!(refused_fields(account(twice).await), fields);
}

// F-19
#[tokio::test]
async fn no_client_secret_is_in_debug_texts_or_the_audit_log() {
    let world = World::new().await;
    let made = created(&world).await;
    let second = apps::create_secret(&world.core, &world.acme(Role::Developer), "acme", &made.app.id).await.unwrap();
    let row = world.store.find_verifiable_app(&made.app.id).await.unwrap().unwrap();
    let texts = format!("{made:?} {second:?} {row:?} {}", world.audit_text().await);
    for secret in [&made.client_secret, &second.client_secret] {
        assert!(!texts.contains(&secret.expose()[secret.expose().len() - 20..]));
    }
    assert!(!texts.contains("argon2"));
}

#[tokio::test]
async fn who_may_make_apps() {
    let world = World::new().await;
    for role in Role::ALL {
        let made = apps::create(&world.core, &world.acme(role), "acme", new_app(Vec::new())).await;
        assert_eq!(made.is_ok(), role >= Role::Developer, "{role}");
    }
    let foreign = apps::create(&world.core, &world.globex(Role::Owner), "acme", new_app(Vec::new())).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
}

// F-14
#[tokio::test]
async fn another_organisations_app_is_not_there() {
    let world = World::new().await;
    let made = created(&world).await;
    let (core, caller, id) = (&world.core, world.globex(Role::Owner), &made.app.id);
    let secret = apps::list_secrets(core, &world.acme(Role::Viewer), "acme", id).await.unwrap().remove(0).id;
    for org in ["acme", "globex"] {
        assert!(matches!(apps::get(core, &caller, org, id).await, Err(Error::NotFound)));
        let patch = AppPatch { name: Some("x".to_owned()), ..AppPatch::default() };
        assert!(matches!(apps::update(core, &caller, org, id, patch).await, Err(Error::NotFound)));
        assert!(matches!(apps::disable(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::enable(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::revoke(core, &caller, org, id, None).await, Err(Error::NotFound)));
        assert!(matches!(apps::delete(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::list_secrets(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::create_secret(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::delete_secret(core, &caller, org, id, &secret).await, Err(Error::NotFound)));
    }
    assert_eq!(world.actions_on(&world.acme, id.as_str()).await, ["app.create"]);
    assert!(apps::list(core, &caller, "globex", None, None, &page()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn grants_are_checked_as_scopes_of_keys_are() {
    let world = World::new().await;
    let own = world.private_api(&world.acme, "orders", &["read"]).await;
    let foreign = world.public_api_of_globex().await;
    let hidden = world.private_api(&world.globex, "hidden", &["read"]).await;
    let refused = create(
        &world,
        vec![
            grant(&own.audience, &["read", "delete"]),
            grant(own.id.as_str(), &["read"]),
            grant(&foreign.audience, &["write"]),
            grant(&hidden.audience, &["read"]),
        ],
    )
    .await;
    assert_eq!(refused_fields(refused), ["grants/0/scopes/1", "grants/1/api", "grants/2/scopes/0", "grants/3/api"]);
    assert!(create(&world, vec![grant(&own.audience, &["read"]), grant(&foreign.audience, &["read"])]).await.is_ok());
    assert_eq!(refused_fields(create(&world, vec![grant(&own.audience, &[]); 51]).await), ["grants"]);
}

#[tokio::test]
async fn two_secrets_live_at_once() {
    let world = World::new().await;
    let made = created(&world).await;
    let (core, caller, id) = (&world.core, world.acme(Role::Developer), &made.app.id);
    world.clock.advance(1);
    let second = apps::create_secret(core, &caller, "acme", id).await.unwrap();
    assert_eq!(conflict(apps::create_secret(core, &caller, "acme", id).await), "too-many-secrets");
    let secrets = apps::list_secrets(core, &caller, "acme", id).await.unwrap();
    assert_eq!((secrets.len(), &secrets[0]), (2, &second.secret));
    apps::delete_secret(core, &caller, "acme", id, &secrets[1].id).await.unwrap();
    assert!(matches!(apps::delete_secret(core, &caller, "acme", id, &secrets[1].id).await, Err(Error::NotFound)));
    assert!(apps::create_secret(core, &caller, "acme", id).await.is_ok());
    // F-39: what was refused left no row
    assert_eq!(
        world.actions_on(&world.acme, id.as_str()).await,
        ["app.create", "app.secret.create", "app.secret.create", "app.secret.delete"]
    );
}

#[tokio::test]
async fn an_app_changes_goes_off_and_on_and_ends() {
    let world = World::new().await;
    let made = created(&world).await;
    let (core, caller, id) = (&world.core, world.acme(Role::Developer), &made.app.id);
    let patch = AppPatch {
        name: Some("ledger".to_owned()),
        grants: Some(vec![grant("https://orders.example", &["delete"])]),
        auth_method: Some(AuthMethod::ClientSecretPost),
        ..AppPatch::default()
    };
    let changed = apps::update(core, &caller, "acme", id, patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.auth_method), ("ledger", AuthMethod::ClientSecretPost));
    assert_eq!(changed.grants[0].scopes.to_string(), "delete");
    assert_eq!(apps::disable(core, &caller, "acme", id).await.unwrap().status(), CredentialStatus::Disabled);
    assert_eq!(apps::enable(core, &caller, "acme", id).await.unwrap().status(), CredentialStatus::Active);
    for _ in 0..2 {
        let revoked = apps::revoke(core, &caller, "acme", id, Some("gone".to_owned())).await.unwrap();
        assert_eq!(revoked.status(), CredentialStatus::Revoked);
    }
    assert_eq!(conflict(apps::enable(core, &caller, "acme", id).await), "already-revoked");
    assert_eq!(conflict(apps::create_secret(core, &caller, "acme", id).await), "already-revoked");
    let patch = AppPatch { name: Some("x".to_owned()), ..AppPatch::default() };
    assert_eq!(conflict(apps::update(core, &caller, "acme", id, patch).await), "already-revoked");
    assert_eq!(
        world.actions_on(&world.acme, id.as_str()).await,
        ["app.create", "app.disable", "app.enable", "app.revoke", "app.update"]
    );
}

#[tokio::test]
async fn only_an_app_that_never_got_a_token_is_deleted() {
    let world = World::new().await;
    let unused = create(&world, Vec::new()).await.unwrap().app.id;
    let used = created(&world).await;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    oauth::token(core, crate::oauth::request(&used)).await.unwrap();
    latchkey_core::usage::flush(core).await.unwrap();
    assert_eq!(conflict(apps::delete(core, &caller, "acme", &used.app.id).await), "already-used");
    apps::delete(core, &caller, "acme", &unused).await.unwrap();
    assert!(matches!(apps::get(core, &caller, "acme", &unused).await, Err(Error::NotFound)));
    assert!(matches!(apps::delete(core, &caller, "acme", &unused).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_suspended_organisation_ends_apps_and_makes_none() {
    let world = World::new().await;
    let made = created(&world).await;
    world.suspend(&world.acme).await;
    let (core, caller, id) = (&world.core, world.acme(Role::Owner), &made.app.id);
    assert!(matches!(create(&world, Vec::new()).await, Err(Error::Forbidden(_))));
    assert!(matches!(apps::create_secret(core, &caller, "acme", id).await, Err(Error::Forbidden(_))));
    assert!(apps::revoke(core, &caller, "acme", id, None).await.is_ok());
}
