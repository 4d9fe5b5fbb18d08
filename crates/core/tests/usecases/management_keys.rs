//! Management keys: contract sections 1, 2 and 8.

use latchkey_core::management_keys::{self, CreatedManagementKey, NewKey, authenticate};
use latchkey_core::ports::OrgStore;
use latchkey_core::{Actor, Caller, Error};
use latchkey_types::Role;
use latchkey_types::secret::{SecretKind, compose, parse};

use crate::setup::{START, World, operator, refused_fields};

fn new_key(role: Role) -> NewKey {
    NewKey { name: "ci".to_owned(), role, expires_at: None }
}

/// A management key of `acme`, made by its owner.
async fn created(world: &World, role: Role) -> CreatedManagementKey {
    management_keys::create(&world.core, &world.acme(Role::Owner), Some("acme"), new_key(role)).await.unwrap()
}

#[tokio::test]
async fn a_key_says_who_calls() {
    let world = World::new().await;
    let CreatedManagementKey { key, secret } = created(&world, Role::Developer).await;
    let parsed = parse("lk", secret.expose()).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::Manage, key.id.random_part()));
    let ip = Some("198.51.100.1".parse().unwrap());
    let caller = authenticate(&world.core, secret.expose(), ip).await.unwrap();
    let actor = Actor::ManagementKey { id: key.id.clone(), org: Some(world.acme.id.clone()), role: Role::Developer };
    assert_eq!(caller, Caller { actor, ip });
    let rows = world.audit_rows(Some(&world.acme.id), key.id.as_str()).await;
    assert_eq!((rows.len(), rows[0].action.as_str()), (1, "management_key.create"));
    // F-19
    let stored = world.store.find_management_key(&key.id).await.unwrap();
    let texts = format!("{key:?} {secret:?} {stored:?} {}", world.audit_text().await);
    assert!(!texts.contains(&secret.expose()[secret.expose().len() - 20..]) && !texts.contains("argon2"));
}

#[tokio::test]
async fn nobody_makes_a_key_above_their_own_role() {
    let world = World::new().await;
    for of in Role::ALL {
        for role in Role::ALL {
            let made = management_keys::create(&world.core, &world.acme(of), Some("acme"), new_key(role)).await;
            assert_eq!(made.is_ok(), of >= Role::Admin && role <= of, "{of} {role}");
            if made.is_err() {
                assert!(matches!(made, Err(Error::Forbidden(_))));
            }
        }
    }
    let stranger = world.globex(Role::Owner);
    let foreign = management_keys::create(&world.core, &stranger, Some("acme"), new_key(Role::Viewer)).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
}

#[tokio::test]
async fn only_operators_make_operators_keys() {
    let world = World::new().await;
    let (core, owner) = (&world.core, world.acme(Role::Owner));
    assert!(matches!(management_keys::create(core, &owner, None, new_key(Role::Viewer)).await, Err(Error::NotFound)));
    assert!(matches!(management_keys::list(core, &owner, None).await, Err(Error::NotFound)));
    let made = management_keys::create(core, &operator(), None, new_key(Role::Admin)).await.unwrap();
    let caller = authenticate(core, made.secret.expose(), None).await.unwrap();
    assert!(caller.actor.is_operator());
    // nor do they rise by a key of their own
    let above = management_keys::create(core, &caller, None, new_key(Role::Owner)).await;
    assert!(matches!(above, Err(Error::Forbidden(_))));
    assert!(management_keys::create(core, &caller, None, new_key(Role::Viewer)).await.is_ok());
    let viewer = management_keys::create(core, &caller, None, new_key(Role::Viewer)).await.unwrap();
    let viewer = authenticate(core, viewer.secret.expose(), None).await.unwrap();
    assert!(matches!(management_keys::list(core, &viewer, None).await, Err(Error::Forbidden(_))));
    assert_eq!(management_keys::list(core, &operator(), None).await.unwrap().len(), 3);
    assert!(management_keys::list(core, &owner, Some("acme")).await.unwrap().is_empty());
}

#[tokio::test]
async fn bad_members_are_named() {
    let world = World::new().await;
    let new = NewKey { name: String::new(), role: Role::Viewer, expires_at: Some(START) };
    let refused = management_keys::create(&world.core, &world.acme(Role::Owner), Some("acme"), new).await;
    assert_eq!(refused_fields(refused), ["name", "expires_at"]);
}

#[tokio::test]
async fn anything_else_is_not_authenticated() {
    let world = World::new().await;
    let made = created(&world, Role::Owner).await;
    let secret = made.secret.expose();
    let of_other_kind = compose("lk", SecretKind::Live, made.key.id.random_part(), &[1; 32]);
    let unknown = compose("lk", SecretKind::Manage, "0000000000000000", &[1; 32]);
    let wrong = compose("lk", SecretKind::Manage, made.key.id.random_part(), &[1; 32]);
    for presented in ["", "Bearer", &secret[..secret.len() - 1], &of_other_kind, &unknown, &wrong] {
        let refused = authenticate(&world.core, presented, None).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{presented}");
    }
}

// contract section 10, "Verify": revocation holds at once on the replica that took it
#[tokio::test]
async fn a_revoked_or_expired_key_ends_at_once() {
    let world = World::new().await;
    let (core, owner) = (&world.core, world.acme(Role::Owner));
    let made = created(&world, Role::Viewer).await;
    assert!(authenticate(core, made.secret.expose(), None).await.is_ok());
    let admin = management_keys::create(core, &owner, Some("acme"), new_key(Role::Owner)).await.unwrap().key.id;
    let above = management_keys::revoke(core, &world.acme(Role::Admin), Some("acme"), &admin).await;
    assert!(matches!(above, Err(Error::Forbidden(_))));
    let foreign = management_keys::revoke(core, &world.globex(Role::Owner), Some("globex"), &made.key.id).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    for _ in 0..2 {
        management_keys::revoke(core, &owner, Some("acme"), &made.key.id).await.unwrap();
        assert!(matches!(authenticate(core, made.secret.expose(), None).await, Err(Error::Unauthenticated)));
    }
    let actions = world.actions_on(&world.acme, made.key.id.as_str()).await;
    assert_eq!(actions, ["management_key.create", "management_key.revoke"]);

    let short = NewKey { expires_at: Some(START.plus_seconds(60)), ..new_key(Role::Viewer) };
    let short = management_keys::create(core, &owner, Some("acme"), short).await.unwrap();
    assert!(authenticate(core, short.secret.expose(), None).await.is_ok());
    world.clock.advance(60);
    assert!(matches!(authenticate(core, short.secret.expose(), None).await, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let world = World::new().await;
    let made = created(&world, Role::Viewer).await;
    let used = || async {
        authenticate(&world.core, made.secret.expose(), None).await.unwrap();
        world.store.find_management_key(&made.key.id).await.unwrap().unwrap().key.last_used_at
    };
    assert_eq!(used().await, Some(START));
    world.clock.advance(59);
    assert_eq!(used().await, Some(START));
    world.clock.advance(1);
    assert_eq!(used().await, Some(START.plus_seconds(60)));
}

// F-23
#[tokio::test]
async fn many_wrong_secrets_slow_the_guesser_down() {
    let world = World::new().await;
    let made = created(&world, Role::Viewer).await;
    authenticate(&world.core, made.secret.expose(), None).await.unwrap();
    let guess = |number| compose("lk", SecretKind::Manage, made.key.id.random_part(), &[number; 32]);
    for number in 0..10 {
        assert!(matches!(authenticate(&world.core, &guess(number), None).await, Err(Error::Unauthenticated)));
    }
    assert!(matches!(authenticate(&world.core, &guess(10), None).await, Err(Error::TooMany(_))));
    assert!(authenticate(&world.core, made.secret.expose(), None).await.is_ok());
}
