//! Keys: contract sections 3, 5, 8 and 10.

use latchkey_core::apis::{ConsumerPolicy, ScopeGrant, Visibility};
use latchkey_core::hashing::Checked;
use latchkey_core::keys::{self, ApiOwnerPatch, CreatedKey, GenerationSecret, KeyFilter, KeyPatch, NewKey};
use latchkey_core::orgs::{OrgChange, OrgSettingsChange};
use latchkey_core::ports::{KeyStore, OrgStore};
use latchkey_core::{Error, signing};
use latchkey_jose::{AccessToken, CompactJws, Cred, Principal};
use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{CredentialKind, CredentialStatus, Environment, Role, ScopeSet};
use serde_json::json;

use crate::setup::{DAY, ISSUER, START, World, conflict, operator, page, refused_fields};

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

async fn limit_lifetime(world: &World, days: u32) {
    let settings = OrgSettingsChange { max_key_lifetime_days: Some(Some(days)), ..OrgSettingsChange::default() };
    let change = OrgChange { settings, ..OrgChange::default() };
    world.store.update_org(&world.acme.id, &change, &world.audit(None, "org.update")).await.unwrap();
}

#[tokio::test]
async fn an_api_key_is_stored_as_asked_and_its_secret_has_its_id() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
    let new = NewKey {
        environment: Environment::Test,
        expires_at: Some(START.plus_seconds(DAY)),
        owner: Some("customer_42".to_owned()),
        metadata: json!({"plan": "pro"}).as_object().cloned(),
        labels: json!({"team": "shop"}).as_object().cloned(),
        allowed_ips: vec!["10.0.0.0/8".to_owned()],
        ..api_key(api.id.as_str(), &["write", "read"])
    };
    let CreatedKey { key, secret } = create(&world, new).await.unwrap();

    let parsed = parse("lk", secret.expose()).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::Test, key.id.random_part()));
    assert_eq!((key.name.as_str(), key.scopes.to_string().as_str()), ("checkout", "read write"));
    assert_eq!(key.status(START), CredentialStatus::Active);
    assert_eq!(keys::get(&world.core, &world.acme(Role::Viewer), "acme", &key.id).await.unwrap(), key);

    // F-39: the row stands in the log, and the stored hash is that of the secret
    let rows = world.audit_rows(Some(&world.acme.id), key.id.as_str()).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].action.as_str(), rows[0].target_type.as_str()), ("key.create", "key"));
    assert_eq!(rows[0].ip, Some("203.0.113.9".parse().unwrap()));
    let row = world.store.find_verifiable_key(&key.id).await.unwrap().unwrap();
    let GenerationSecret::Hash(hash) = &row.secrets[0] else { panic!("an API key has a hash") };
    assert_eq!(world.core.hasher.check(secret.expose(), Some(hash)).await.unwrap(), Checked::Same);
}

// F-19
#[tokio::test]
async fn no_secret_is_in_debug_texts_or_the_audit_log() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    for new in [api_key(&api.audience, &["read"]), jwt_key(&api.audience, &["read"])] {
        let made = create(&world, new).await.unwrap();
        let rotated = keys::rotate(&world.core, &world.acme(Role::Developer), "acme", &made.key.id, 60).await.unwrap();
        let row = world.store.find_verifiable_key(&made.key.id).await.unwrap().unwrap();
        let texts = format!("{made:?} {rotated:?} {row:?} {}", world.audit_text().await);
        for secret in [&made.secret, &rotated.secret] {
            let tail = &secret.expose()[secret.expose().len() - 20..];
            assert!(!texts.contains(tail));
        }
        assert!(!texts.contains("argon2"));
    }
}

#[tokio::test]
async fn who_may_make_keys() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &[]).await;
    for role in Role::ALL {
        let made = keys::create(&world.core, &world.acme(role), "acme", api_key(&api.audience, &[])).await;
        assert_eq!(made.is_ok(), role >= Role::Developer, "{role}");
        if role < Role::Developer {
            assert!(matches!(made, Err(Error::Forbidden(_))));
        }
    }
    // F-14: another organisation isn't there
    let foreign = keys::create(&world.core, &world.globex(Role::Owner), "acme", api_key(&api.audience, &[])).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
}

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
async fn every_bad_member_is_named() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let new = NewKey {
        kind: CredentialKind::App,
        name: "a\0".to_owned(),
        expires_at: Some(START),
        owner: Some("x".repeat(200)),
        metadata: json!({"big": "x".repeat(5000)}).as_object().cloned(),
        labels: json!({"a": {"b": {"c": {"d": {}}}}}).as_object().cloned(),
        allowed_ips: vec!["10.0.0.1".to_owned(), "everywhere".to_owned()],
        ..api_key(&api.audience, &["read", "delete", "a b"])
    };
    let expected =
        ["kind", "name", "scopes/1", "scopes/2", "expires_at", "owner", "metadata", "labels", "allowed_ips/1"];
    assert_eq!(refused_fields(create(&world, new).await), expected);
    for unknown in ["", "https://orders.example/", "api_0000000000000000", "a\0", &"x".repeat(10_000)] {
        assert_eq!(refused_fields(create(&world, api_key(unknown, &[])).await), ["api"], "{unknown:?}");
    }
}

#[tokio::test]
async fn a_private_api_of_another_organisation_is_unknown() {
    let world = World::new().await;
    let api = world.private_api(&world.globex, "secret", &["read"]).await;
    for name in [api.audience.as_str(), api.id.as_str()] {
        assert_eq!(refused_fields(create(&world, api_key(name, &["read"])).await), ["api"]);
    }
}

// contract section 10, "Who owns what"
#[tokio::test]
async fn of_a_foreign_api_one_takes_what_is_open_or_approved() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    assert!(create(&world, api_key(&api.audience, &["read"])).await.is_ok());
    let refused = create(&world, api_key(&api.audience, &["read", "write"])).await;
    assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].detail.contains("write")));
    assert_eq!(refused_fields(refused), ["scopes/1"]);

    let approved = ConsumerPolicy { scopes: ScopeSet::from_parameter("write").unwrap(), ..ConsumerPolicy::default() };
    world.decide(&api, &world.acme, approved.clone()).await;
    assert!(create(&world, api_key(&api.audience, &["read", "write"])).await.is_ok());

    let blocked = ConsumerPolicy { blocked_at: Some(START), ..approved };
    world.decide(&api, &world.acme, blocked).await;
    assert_eq!(refused_fields(create(&world, api_key(&api.audience, &["read"])).await), ["api"]);
}

// contract section 10, "Who owns what"
#[tokio::test]
async fn owner_and_metadata_are_the_api_owners_to_set() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    let metadata = json!({"plan": "pro"}).as_object().cloned();
    let with_metadata = NewKey { metadata: metadata.clone(), ..api_key(&api.audience, &[]) };
    assert!(matches!(create(&world, with_metadata).await, Err(Error::Forbidden(_))));
    let with_owner = NewKey { owner: Some("me".to_owned()), ..api_key(&api.audience, &[]) };
    assert!(matches!(create(&world, with_owner).await, Err(Error::Forbidden(_))));
    let labelled = NewKey { labels: metadata.clone(), ..api_key(&api.audience, &[]) };
    let key = create(&world, labelled).await.unwrap().key;

    let (core, holder) = (&world.core, world.acme(Role::Owner));
    let patch = KeyPatch { owner: Some(Some("me".to_owned())), ..KeyPatch::default() };
    assert!(matches!(keys::update(core, &holder, "acme", &key.id, patch).await, Err(Error::Forbidden(_))));
    let patch = KeyPatch { metadata: metadata.clone(), ..KeyPatch::default() };
    assert!(matches!(keys::update(core, &holder, "acme", &key.id, patch).await, Err(Error::Forbidden(_))));

    let patch = ApiOwnerPatch {
        owner: Some(Some("customer_7".to_owned())),
        metadata: metadata.clone(),
        ..ApiOwnerPatch::default()
    };
    let by = |caller, org: &'static str, api| {
        let (core, id, patch) = (core.clone(), key.id.clone(), patch.clone());
        async move { keys::update_as_api_owner(&core, &caller, org, &api, &id, patch).await }
    };
    assert!(matches!(by(holder, "acme", api.id.clone()).await, Err(Error::NotFound)));
    assert!(matches!(by(world.globex(Role::Developer), "globex", api.id.clone()).await, Err(Error::Forbidden(_))));
    let other = world.private_api(&world.globex, "other", &[]).await;
    assert!(matches!(by(world.globex(Role::Admin), "globex", other.id).await, Err(Error::NotFound)));
    let changed = by(world.globex(Role::Admin), "globex", api.id.clone()).await.unwrap();
    assert_eq!((changed.owner.as_deref(), Some(&changed.metadata)), (Some("customer_7"), metadata.as_ref()));
    assert_eq!(world.actions_on(&world.globex, key.id.as_str()).await, ["key.update"]);
}

#[tokio::test]
async fn a_jwt_key_is_a_token_of_ours() {
    let world = World::new().await;
    let CreatedKey { key, secret } = created_jwt(&world).await;
    let claims = claims(&world, secret.expose()).await;
    // contract sections 5 and 10, "Tokens"; C7, E2
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, "https://orders.example"));
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (key.id.as_str(), key.id.as_str()));
    assert_eq!((&claims.org, claims.scope.to_string().as_str()), (&world.acme.id, "read"));
    assert_eq!((claims.principal, claims.cred), (Principal::Service, Cred::JwtKey));
    assert_eq!((claims.iat, claims.nbf, claims.exp), (START, START, START.plus_seconds(90 * DAY)));
    assert_eq!(key.expires_at, Some(claims.exp));
    assert_eq!(key.generations[0].jti.as_deref(), Some(claims.jti.as_str()));
    let row = world.store.find_verifiable_key(&key.id).await.unwrap().unwrap();
    let kid = CompactJws::parse(secret.expose()).unwrap().header().kid().unwrap().to_owned();
    assert_eq!(row.secrets, [GenerationSecret::SignedBy(kid)]);
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

#[tokio::test]
async fn what_is_revoked_stays_revoked() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let reason = Some("leaked".to_owned());
    let revoked = keys::revoke(core, &caller, "acme", &key.id, reason).await.unwrap();
    assert_eq!((revoked.status(START), revoked.revoke_reason.as_deref()), (CredentialStatus::Revoked, Some("leaked")));
    // again is fine, and changes nothing
    let again = keys::revoke(core, &caller, "acme", &key.id, Some("other".to_owned())).await.unwrap();
    assert_eq!(again.revoke_reason.as_deref(), Some("leaked"));
    for result in [
        keys::enable(core, &caller, "acme", &key.id).await,
        keys::disable(core, &caller, "acme", &key.id).await,
        keys::update(core, &caller, "acme", &key.id, KeyPatch { name: Some("x".to_owned()), ..KeyPatch::default() })
            .await,
        keys::rotate(core, &caller, "acme", &key.id, 0).await.map(|made| made.key),
    ] {
        assert_eq!(conflict(result), "already-revoked");
    }
    assert_eq!(world.actions_on(&world.acme, key.id.as_str()).await, ["key.create", "key.revoke"]);
}

#[tokio::test]
async fn a_key_goes_off_and_on() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    for _ in 0..2 {
        let off = keys::disable(core, &caller, "acme", &key.id).await.unwrap();
        assert_eq!(off.status(START), CredentialStatus::Disabled);
    }
    let on = keys::enable(core, &caller, "acme", &key.id).await.unwrap();
    assert_eq!(on.status(START), CredentialStatus::Active);
    assert_eq!(world.actions_on(&world.acme, key.id.as_str()).await, ["key.create", "key.disable", "key.enable"]);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let world = World::new().await;
    let key = created(&world).await.key;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    assert_eq!(keys::update(core, &caller, "acme", &key.id, KeyPatch::default()).await.unwrap(), key);
    let patch = KeyPatch {
        name: Some(" till ".to_owned()),
        scopes: Some(vec!["write".to_owned()]),
        owner: Some(Some("customer_1".to_owned())),
        labels: json!({"note": "canary-in-labels"}).as_object().cloned(),
        ..KeyPatch::default()
    };
    let changed = keys::update(core, &caller, "acme", &key.id, patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.scopes.to_string().as_str()), ("till", "write"));
    assert_eq!((changed.owner.as_deref(), changed.metadata == key.metadata), (Some("customer_1"), true));
    let cleared = KeyPatch { owner: Some(None), ..KeyPatch::default() };
    assert_eq!(keys::update(core, &caller, "acme", &key.id, cleared).await.unwrap().owner, None);
    let unknown = KeyPatch { scopes: Some(vec!["delete".to_owned()]), ..KeyPatch::default() };
    assert_eq!(refused_fields(keys::update(core, &caller, "acme", &key.id, unknown).await), ["scopes/0"]);

    let rows = world.audit_rows(Some(&world.acme.id), key.id.as_str()).await;
    assert_eq!(rows.len(), 3);
    let names = json!(["name", "scopes", "owner", "labels"]);
    assert!(rows.iter().any(|row| row.detail.get("changed") == Some(&names)));
    assert!(!world.audit_text().await.contains("canary-in-labels"));
}

#[tokio::test]
async fn a_suspended_organisation_ends_keys_and_makes_none() {
    let world = World::new().await;
    let CreatedKey { key, .. } = created(&world).await;
    world.suspend(&world.acme).await;
    let (core, caller) = (&world.core, world.acme(Role::Owner));
    let new = api_key("https://orders.example", &[]);
    assert!(matches!(keys::create(core, &caller, "acme", new).await, Err(Error::Forbidden(_))));
    assert!(matches!(keys::rotate(core, &caller, "acme", &key.id, 0).await, Err(Error::Forbidden(_))));
    assert!(keys::disable(core, &caller, "acme", &key.id).await.is_ok());
    assert!(keys::revoke(core, &caller, "acme", &key.id, None).await.is_ok());
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
