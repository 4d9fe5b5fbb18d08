//! Keys that are made, and by whom.

use latchkey_core::Error;
use latchkey_core::apis::ConsumerPolicy;
use latchkey_core::hashing::Checked;
use latchkey_core::keys::{self, ApiOwnerPatch, CreatedKey, GenerationSecret, KeyPatch, NewKey};
use latchkey_core::ports::KeyStore;
use latchkey_jose::{CompactJws, Cred, Principal};
use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{CredentialKind, CredentialStatus, Environment, Role, ScopeSet};
use serde_json::json;

use super::{api_key, claims, create, created_jwt, jwt_key};
use crate::setup::{DAY, ISSUER, START, World, refused_fields};

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
