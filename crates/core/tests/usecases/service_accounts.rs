//! Service accounts: contract sections 8 and 10.

use latchkey_core::apps::{ClientKey, NewGrant};
use latchkey_core::ports::ClientKeyStore;
use latchkey_core::service_accounts::{
    self, AccountGrants, CreatedServiceAccount, NewServiceAccount, ServiceAccountPatch,
};
use latchkey_core::{Error, NewClientKey, operator, usage};
use latchkey_types::{CredentialKind, CredentialStatus, Role, ServiceAccountId};
use serde_json::{Value, json};

use crate::apps::grant;
use crate::client_assertions::{jwk, jwks, key};
use crate::jwt_bearer::{ask, assertion};
use crate::setup::{DAY, START, World, conflict, operator as command_line, page, refused_fields};

pub fn new_account(roles: &[Role], keys: Option<Value>) -> NewServiceAccount {
    NewServiceAccount { name: "deployer".to_owned(), roles: roles.to_vec(), jwks: keys, ..NewServiceAccount::default() }
}

/// An account of `acme` with these roles and the key 1.
pub async fn created(world: &World, roles: &[Role]) -> ServiceAccountId {
    make(world, Role::Owner, new_account(roles, Some(jwks(&[&key(1)])))).await.unwrap().account.id
}

/// The same with these grants.
pub async fn with_grants(world: &World, grants: Vec<NewGrant>) -> ServiceAccountId {
    let new = NewServiceAccount { grants: Some(grants), ..new_account(&[Role::Viewer], Some(jwks(&[&key(1)]))) };
    make(world, Role::Owner, new).await.unwrap().account.id
}

async fn make(world: &World, role: Role, new: NewServiceAccount) -> Result<CreatedServiceAccount, Error> {
    service_accounts::create(&world.core, &world.acme(role), "acme", new).await
}

fn add(number: u8) -> NewClientKey {
    NewClientKey { jwk: jwk(&key(number)), expires_at: None }
}

#[tokio::test]
async fn an_account_has_roles_and_keys() {
    let world = World::new().await;
    let set = jwks(&[&key(1), &key(2)]);
    let roles = [Role::Developer, Role::Viewer, Role::Developer];
    let made = make(&world, Role::Admin, new_account(&roles, Some(set))).await.unwrap();
    assert_eq!(made.account.roles, [Role::Viewer, Role::Developer]);
    assert_eq!((made.account.role(), &made.account.grants), (Role::Developer, &AccountGrants::ByRole));
    assert!(made.account.id.as_str().starts_with("sa_"));
    let viewer = world.acme(Role::Viewer);
    let id = &made.account.id;
    assert_eq!(service_accounts::get(&world.core, &viewer, "acme", id).await.unwrap(), made.account);
    let keys = service_accounts::list_keys(&world.core, &viewer, "acme", id).await.unwrap();
    let mut kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    kids.sort_unstable();
    let mut expected = [key(1).kid().to_owned(), key(2).kid().to_owned()];
    expected.sort();
    assert_eq!(kids, expected);
    let listed = service_accounts::list(&world.core, &viewer, "acme", Some("DEPLOY"), &page()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&made.account));
    assert_eq!(world.actions_on(&world.acme, id.as_str()).await, ["service_account.create"]);
}

#[tokio::test]
async fn what_was_typed_is_checked() {
    let world = World::new().await;
    let own = world.private_api(&world.acme, "orders", &["read"]).await;
    let foreign = world.private_api(&world.globex, "hidden", &["read"]).await;
    let typed = NewServiceAccount {
        name: " ".to_owned(),
        roles: Vec::new(),
        jwks: Some(json!({ "keys": [] })),
        grants: Some(vec![grant(&own.audience, &["nope"]), grant(&foreign.audience, &["read"])]),
        ..NewServiceAccount::default()
    };
    let fields = refused_fields(make(&world, Role::Owner, typed).await);
    assert_eq!(fields, ["name", "roles", "grants/0/scopes/0", "grants/1/api", "jwks"]);
    let mut private = jwk(&key(1));
    private["d"] = json!("AAAA");
    let lost = new_account(&[Role::Viewer], Some(json!({ "keys": [private] })));
    assert_eq!(
        refused_fields(make(&world, Role::Owner, lost).await),
        ["jwks/keys/0/d"],
        "the private member by its name"
    );
    for bad in [json!([]), json!({}), json!({ "keys": [jwk(&key(1)), jwk(&key(1))] })] {
        assert_eq!(refused_fields(make(&world, Role::Owner, new_account(&[Role::Viewer], Some(bad))).await), ["jwks"]);
    }
    let many: Vec<_> = (1..=11).map(key).collect();
    let many = jwks(&many.iter().collect::<Vec<_>>());
    assert_eq!(refused_fields(make(&world, Role::Owner, new_account(&[Role::Viewer], Some(many))).await), ["jwks"]);
}

// API5: admin and up; nobody gives or touches more than they have
#[tokio::test]
async fn who_may_manage_which_account() {
    let world = World::new().await;
    for role in Role::ALL {
        for given in Role::ALL {
            let made = make(&world, role, new_account(&[given], None)).await;
            assert_eq!(made.is_ok(), role >= Role::Admin && given <= role, "{role} makes {given}");
            if made.is_err() {
                assert!(matches!(made, Err(Error::Forbidden(_))));
            }
        }
    }
    let boss = created(&world, &[Role::Owner]).await;
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    let own = service_accounts::list_keys(core, &admin, "acme", &boss).await.unwrap()[0].id.clone();
    let before = world.actions_on(&world.acme, boss.as_str()).await;
    let forbidden = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Forbidden(_))), "{result:?}");
    // an admin who could add a key would be an owner
    forbidden(service_accounts::create_key(core, &admin, "acme", &boss, add(9)).await.map(drop));
    forbidden(service_accounts::delete_key(core, &admin, "acme", &boss, &own).await);
    forbidden(service_accounts::disable(core, &admin, "acme", &boss).await.map(drop));
    forbidden(service_accounts::enable(core, &admin, "acme", &boss).await.map(drop));
    forbidden(service_accounts::revoke(core, &admin, "acme", &boss, None).await.map(drop));
    forbidden(service_accounts::delete(core, &admin, "acme", &boss).await);
    let patch = ServiceAccountPatch { roles: Some(vec![Role::Viewer]), ..ServiceAccountPatch::default() };
    forbidden(service_accounts::update(core, &admin, "acme", &boss, patch).await.map(drop));
    assert_eq!(world.actions_on(&world.acme, boss.as_str()).await, before);
    let lesser = created(&world, &[Role::Viewer]).await;
    let patch = ServiceAccountPatch { roles: Some(vec![Role::Owner]), ..ServiceAccountPatch::default() };
    forbidden(service_accounts::update(core, &admin, "acme", &lesser, patch).await.map(drop));
}

// F-14
#[tokio::test]
async fn another_organisations_account_is_not_there() {
    let world = World::new().await;
    let id = &created(&world, &[Role::Developer]).await;
    let (core, caller) = (&world.core, world.globex(Role::Owner));
    let key_id = service_accounts::list_keys(core, &world.acme(Role::Viewer), "acme", id).await.unwrap()[0].id.clone();
    let missing = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    for org in ["acme", "globex"] {
        missing(service_accounts::get(core, &caller, org, id).await.map(drop));
        let patch = ServiceAccountPatch { name: Some("x".to_owned()), ..ServiceAccountPatch::default() };
        missing(service_accounts::update(core, &caller, org, id, patch).await.map(drop));
        missing(service_accounts::disable(core, &caller, org, id).await.map(drop));
        missing(service_accounts::enable(core, &caller, org, id).await.map(drop));
        missing(service_accounts::revoke(core, &caller, org, id, None).await.map(drop));
        missing(service_accounts::delete(core, &caller, org, id).await);
        missing(service_accounts::list_keys(core, &caller, org, id).await.map(drop));
        missing(service_accounts::create_key(core, &caller, org, id, add(9)).await.map(drop));
        missing(service_accounts::delete_key(core, &caller, org, id, &key_id).await);
    }
    assert_eq!(world.actions_on(&world.acme, id.as_str()).await, ["service_account.create"]);
    assert!(service_accounts::list(core, &caller, "globex", None, &page()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn keys_come_and_go() {
    let world = World::new().await;
    let id = created(&world, &[Role::Developer]).await;
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    let mut second = add(2);
    second.expires_at = Some(START.plus_seconds(DAY));
    let second = service_accounts::create_key(core, &admin, "acme", &id, second).await.unwrap();
    assert_eq!((second.kid.as_str(), second.expires_at), (key(2).kid(), Some(START.plus_seconds(DAY))));
    let again = service_accounts::create_key(core, &admin, "acme", &id, add(2)).await;
    assert_eq!(refused_fields(again), ["jwk"]);
    let past = NewClientKey { jwk: jwk(&key(3)), expires_at: Some(START) };
    assert_eq!(refused_fields(service_accounts::create_key(core, &admin, "acme", &id, past).await), ["expires_at"]);
    for number in 3..=10 {
        service_accounts::create_key(core, &admin, "acme", &id, add(number)).await.unwrap();
    }
    assert_eq!(conflict(service_accounts::create_key(core, &admin, "acme", &id, add(11)).await), "too-many-keys");
    service_accounts::delete_key(core, &admin, "acme", &id, &second.id).await.unwrap();
    let gone = service_accounts::delete_key(core, &admin, "acme", &id, &second.id).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    service_accounts::create_key(core, &admin, "acme", &id, add(11)).await.unwrap();
    service_accounts::revoke(core, &admin, "acme", &id, None).await.unwrap();
    assert_eq!(conflict(service_accounts::create_key(core, &admin, "acme", &id, add(12)).await), "already-revoked");
    // F-39
    let actions = world.actions_on(&world.acme, id.as_str()).await;
    let count = |action: &str| actions.iter().filter(|other| *other == action).count();
    assert_eq!((count("service_account.key.create"), count("service_account.key.delete")), (10, 1));
    let stored: Vec<ClientKey> = world.store.list_client_keys(&world.acme.id, id.as_str()).await.unwrap();
    assert!(stored.iter().all(|key| !key.jwk.contains("\"d\"")));
}

#[tokio::test]
async fn an_account_changes_goes_off_and_on_and_ends() {
    let world = World::new().await;
    let own = world.private_api(&world.acme, "orders", &["read"]).await;
    let id = created(&world, &[Role::Viewer]).await;
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    let update = async |patch| service_accounts::update(core, &admin, "acme", &id, patch).await;
    let patch = ServiceAccountPatch {
        name: Some("robot".to_owned()),
        roles: Some(vec![Role::Admin]),
        grants: Some(Some(vec![grant(&own.audience, &["read"])])),
        ..ServiceAccountPatch::default()
    };
    let changed = update(patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.role()), ("robot", Role::Admin));
    assert!(matches!(&changed.grants, AccountGrants::Listed(grants) if grants.len() == 1));
    let back = ServiceAccountPatch { grants: Some(None), ..ServiceAccountPatch::default() };
    assert_eq!(update(back).await.unwrap().grants, AccountGrants::ByRole);
    assert_eq!(update(ServiceAccountPatch::default()).await.unwrap().name, "robot");
    let disabled = service_accounts::disable(core, &admin, "acme", &id).await.unwrap();
    assert_eq!(disabled.status(), CredentialStatus::Disabled);
    assert_eq!(service_accounts::enable(core, &admin, "acme", &id).await.unwrap().status(), CredentialStatus::Active);
    for _ in 0..2 {
        let revoked = service_accounts::revoke(core, &admin, "acme", &id, Some("gone".to_owned())).await.unwrap();
        assert_eq!((revoked.status(), revoked.revoke_reason.as_deref()), (CredentialStatus::Revoked, Some("gone")));
    }
    assert_eq!(conflict(service_accounts::enable(core, &admin, "acme", &id).await), "already-revoked");
    let patch = ServiceAccountPatch { name: Some("x".to_owned()), ..ServiceAccountPatch::default() };
    assert_eq!(conflict(update(patch).await), "already-revoked");
    assert_eq!(
        world.actions_on(&world.acme, id.as_str()).await,
        [
            "service_account.create",
            "service_account.disable",
            "service_account.enable",
            "service_account.revoke",
            "service_account.update",
            "service_account.update",
        ]
    );
}

#[tokio::test]
async fn only_an_account_that_never_got_a_token_is_deleted() {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read"]).await;
    let (used, unused) = (created(&world, &[Role::Developer]).await, created(&world, &[Role::Developer]).await);
    assert_eq!(ask(&world, &assertion(used.as_str(), "a", START), "https://orders.example").await, "issued");
    usage::flush(&world.core).await.unwrap();
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    assert_eq!(conflict(service_accounts::delete(core, &admin, "acme", &used).await), "already-used");
    service_accounts::delete(core, &admin, "acme", &unused).await.unwrap();
    assert!(matches!(service_accounts::get(core, &admin, "acme", &unused).await, Err(Error::NotFound)));
    let found = service_accounts::get(core, &admin, "acme", &used).await.unwrap();
    assert_eq!(found.last_used_at, Some(START));
    let keys = service_accounts::list_keys(core, &admin, "acme", &used).await.unwrap();
    assert_eq!(keys[0].last_used_at, Some(START));
}

#[tokio::test]
async fn a_suspended_organisation_ends_accounts_and_makes_none() {
    let world = World::new().await;
    let id = created(&world, &[Role::Developer]).await;
    world.suspend(&world.acme).await;
    let (core, owner) = (&world.core, world.acme(Role::Owner));
    let made = make(&world, Role::Owner, new_account(&[Role::Viewer], None)).await;
    assert!(matches!(made, Err(Error::Forbidden(_))));
    let added = service_accounts::create_key(core, &owner, "acme", &id, add(2)).await;
    assert!(matches!(added, Err(Error::Forbidden(_))));
    assert!(service_accounts::revoke(core, &owner, "acme", &id, None).await.is_ok());
}

#[tokio::test]
async fn operators_find_and_end_accounts() {
    let world = World::new().await;
    let id = created(&world, &[Role::Developer]).await;
    let found = operator::credentials(&world.core, &command_line(), "deploy", &page()).await.unwrap().items;
    assert_eq!((found.len(), found[0].kind, found[0].id.as_str()), (1, CredentialKind::ServiceAccount, id.as_str()));
    let ended = operator::revoke_credential(&world.core, &command_line(), id.as_str(), None).await.unwrap();
    assert_eq!(ended.revoked_at, Some(START));
    let other = created(&world, &[Role::Viewer]).await;
    assert_eq!(operator::revoke_since(&world.core, &command_line(), START).await.unwrap(), 1);
    let account = service_accounts::get(&world.core, &world.acme(Role::Viewer), "acme", &other).await.unwrap();
    assert_eq!(account.status(), CredentialStatus::Revoked);
}
