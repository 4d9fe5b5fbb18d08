//! Signing keys: contract sections 5 and 10, F-18.

use latchkey_core::apis::{self, ApiPatch};
use latchkey_core::ports::SigningKeyStore;
use latchkey_core::signing::{self, SigningAlg, SigningKeyInfo, SigningKeyState};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller, Core, Error};
use latchkey_types::Role;

use crate::setup::{DAY, MASTER_KEY, START, World, conflict, operator, refused_fields};

fn vault() -> Vault {
    Vault::new(MasterKey::from_bytes(MASTER_KEY), None)
}

async fn keys(core: &Core) -> Vec<SigningKeyInfo> {
    signing::list(core, &operator()).await.unwrap()
}

async fn kid(core: &Core, state: SigningKeyState) -> String {
    keys(core).await.into_iter().find(|key| key.state == state).unwrap().kid
}

async fn published(core: &Core) -> Vec<String> {
    let jwks = signing::jwks(core).await.unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_first_start_makes_two_keys_and_seals_them() {
    let world = World::new().await;
    signing::load(&world.core).await.unwrap();
    let keys = keys(&world.core).await;
    let states: Vec<_> = keys.iter().map(|key| key.state).collect();
    assert!(states.len() == 2 && states.contains(&SigningKeyState::Active) && states.contains(&SigningKeyState::Next));
    // contract section 10: the very first one signs at once
    let ring = signing::current(&world.core).await.unwrap();
    assert_eq!(ring.active(SigningAlg::EdDsa).unwrap().kid(), kid(&world.core, SigningKeyState::Active).await);
    for row in world.store.list_signing_keys().await.unwrap() {
        let seed = world.core.vault.open(&row.sealed_by, row.kid.as_bytes(), &row.sealed).unwrap();
        assert_eq!(seed.len(), 32);
        assert!(!row.sealed.windows(32).any(|window| window == seed.as_slice()));
        assert!(!format!("{row:?} {ring:?}").contains(&format!("{:?}", &seed[..4])));
    }
}

// N1, N2
#[tokio::test]
async fn the_jwks_has_public_members_only() {
    let world = World::new().await;
    let jwks = signing::jwks(&world.core).await.unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert_eq!(key["alg"], "EdDSA");
    }
}

// F-18: two replicas at first start have one pair between them
#[tokio::test]
async fn replicas_that_start_at_once_agree() {
    let world = World::new().await;
    let other = world.replica(2, vault());
    let (a, b) = tokio::join!(signing::current(&world.core), signing::current(&other));
    assert_eq!(
        a.unwrap().active(SigningAlg::EdDsa).unwrap().kid(),
        b.unwrap().active(SigningAlg::EdDsa).unwrap().kid()
    );
    assert_eq!(keys(&other).await.len(), 2);
}

// F-18: a key is published at least 15 minutes before it signs
#[tokio::test]
async fn rotation_waits_until_the_next_key_is_known() {
    let world = World::new().await;
    signing::load(&world.core).await.unwrap();
    let (active, next) =
        (kid(&world.core, SigningKeyState::Active).await, kid(&world.core, SigningKeyState::Next).await);
    world.clock.advance(15 * 60 - 1);
    let refused = signing::rotate(&world.core, &operator(), SigningAlg::EdDsa).await;
    assert!(matches!(&refused, Err(Error::Conflict(_, text)) if text.contains(&START.plus_seconds(900).to_string())));
    assert_eq!(conflict(refused), "not-yet-published");
    world.clock.advance(1);
    signing::rotate(&world.core, &operator(), SigningAlg::EdDsa).await.unwrap();

    assert_eq!(kid(&world.core, SigningKeyState::Active).await, next);
    assert_eq!(kid(&world.core, SigningKeyState::Retired).await, active);
    let ring = signing::current(&world.core).await.unwrap();
    assert_eq!(ring.active(SigningAlg::EdDsa).unwrap().kid(), next);
    assert!(ring.public(&active).is_some());
    let published = published(&world.core).await;
    assert!(published.len() == 3 && published.contains(&active));
    assert_eq!(world.audit_rows(None, &next).await.last().unwrap().action, "signing_key.rotate");
    // the new next one is as young as the first was
    assert_eq!(conflict(signing::rotate(&world.core, &operator(), SigningAlg::EdDsa).await), "not-yet-published");
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_done() {
    let world = World::new().await;
    let other = world.replica(2, vault());
    signing::load(&world.core).await.unwrap();
    world.clock.advance(900);
    let operator = operator();
    let (a, b) = tokio::join!(
        signing::rotate(&world.core, &operator, SigningAlg::EdDsa),
        signing::rotate(&other, &operator, SigningAlg::EdDsa)
    );
    for result in [a, b] {
        assert!(result.is_ok() || conflict(result) == "not-yet-published");
    }
    let states: Vec<_> = keys(&world.core).await.into_iter().map(|key| key.state).collect();
    assert_eq!(states.iter().filter(|state| **state == SigningKeyState::Active).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == SigningKeyState::Retired).count(), 1);
    assert_eq!(states.len(), 3);
}

// F-18: emergency revocation of the key that signs
#[tokio::test]
async fn revoking_the_active_key_promotes_the_next_at_once() {
    let world = World::new().await;
    let replica = world.replica(2, vault());
    signing::load(&world.core).await.unwrap();
    signing::load(&replica).await.unwrap();
    let (active, next) =
        (kid(&world.core, SigningKeyState::Active).await, kid(&world.core, SigningKeyState::Next).await);
    signing::revoke(&world.core, &operator(), &active).await.unwrap();
    signing::revoke(&world.core, &operator(), &active).await.unwrap();
    for core in [&world.core, &replica] {
        // the store told every listener of this process before it answered
        let ring = signing::current(core).await.unwrap();
        assert_eq!(ring.active(SigningAlg::EdDsa).unwrap().kid(), next);
        assert!(ring.public(&active).is_none());
        assert!(!published(core).await.contains(&active));
    }
    let mut actions: Vec<_> = world.audit_rows(None, &active).await.into_iter().map(|row| row.action).collect();
    actions.sort();
    assert_eq!(actions, ["signing_key.create", "signing_key.revoke"]);
}

#[tokio::test]
async fn revoking_next_and_retired_keys_leaves_the_active_one() {
    let world = World::new().await;
    signing::load(&world.core).await.unwrap();
    world.clock.advance(900);
    signing::rotate(&world.core, &operator(), SigningAlg::EdDsa).await.unwrap();
    let active = kid(&world.core, SigningKeyState::Active).await;
    for state in [SigningKeyState::Next, SigningKeyState::Retired] {
        let revoked = kid(&world.core, state).await;
        signing::revoke(&world.core, &operator(), &revoked).await.unwrap();
        assert!(!published(&world.core).await.contains(&revoked));
    }
    assert_eq!(kid(&world.core, SigningKeyState::Active).await, active);
    assert_eq!(published(&world.core).await.len(), 2);
    assert!(matches!(signing::revoke(&world.core, &operator(), "unknown").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn only_operators_see_and_change_signing_keys() {
    let world = World::new().await;
    signing::load(&world.core).await.unwrap();
    let active = kid(&world.core, SigningKeyState::Active).await;
    let owner = world.acme(Role::Owner);
    assert!(matches!(signing::list(&world.core, &owner).await, Err(Error::NotFound)));
    assert!(matches!(signing::rotate(&world.core, &owner, SigningAlg::EdDsa).await, Err(Error::NotFound)));
    assert!(matches!(signing::revoke(&world.core, &owner, &active).await, Err(Error::NotFound)));
    assert!(matches!(signing::reseal(&world.core, &owner).await, Err(Error::NotFound)));
    let Actor::ManagementKey { id, .. } = owner.actor else { unreachable!() };
    let key = |role| Caller { actor: Actor::ManagementKey { id: id.clone(), org: None, role }, ip: None };
    assert!(signing::list(&world.core, &key(Role::Viewer)).await.is_ok());
    assert!(matches!(signing::revoke(&world.core, &key(Role::Admin), &active).await, Err(Error::Forbidden(_))));
    assert!(signing::revoke(&world.core, &key(Role::Owner), &active).await.is_ok());
}

// F-18: kept until the last token has expired, then gone
#[tokio::test]
async fn maintenance_rotates_what_is_old_and_deletes_what_is_over() {
    let world = World::new().await;
    signing::maintain(&world.core).await.unwrap();
    signing::load(&world.core).await.unwrap();
    let first = kid(&world.core, SigningKeyState::Active).await;
    world.clock.advance(30 * DAY - 1);
    signing::maintain(&world.core).await.unwrap();
    assert_eq!(kid(&world.core, SigningKeyState::Active).await, first);
    world.clock.advance(1);
    signing::maintain(&world.core).await.unwrap();
    assert_eq!(kid(&world.core, SigningKeyState::Retired).await, first);
    // an access token lives an hour at most
    world.clock.advance(3600);
    signing::maintain(&world.core).await.unwrap();
    assert!(published(&world.core).await.contains(&first));
    world.clock.advance(300);
    signing::maintain(&world.core).await.unwrap();
    assert!(!published(&world.core).await.contains(&first));
    assert_eq!(keys(&world.core).await.len(), 2);
}

#[tokio::test]
async fn a_retired_key_stays_for_its_jwt_keys() {
    use latchkey_core::keys::{self, NewKey};
    use latchkey_types::{CredentialKind, Environment};

    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &[]).await;
    let new = NewKey {
        kind: CredentialKind::JwtKey,
        name: "batch".to_owned(),
        api: api.audience,
        environment: Environment::Live,
        scopes: Vec::new(),
        expires_at: Some(START.plus_seconds(60 * DAY)),
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    };
    keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    let first = kid(&world.core, SigningKeyState::Active).await;
    world.clock.advance(900);
    signing::rotate(&world.core, &operator(), SigningAlg::EdDsa).await.unwrap();
    world.clock.advance(60 * DAY - 901);
    signing::maintain(&world.core).await.unwrap();
    assert!(published(&world.core).await.contains(&first));
    world.clock.advance(1);
    signing::maintain(&world.core).await.unwrap();
    assert!(!published(&world.core).await.contains(&first));
}

// contract section 2: LATCHKEY_MASTER_KEY_PREVIOUS while one is being changed
#[tokio::test]
async fn the_master_key_can_be_changed() {
    let world = World::new().await;
    let before = signing::current(&world.core).await.unwrap();
    let new = MasterKey::from_bytes([8; 32]);
    let changing = world.replica(2, Vault::new(new.clone(), Some(MasterKey::from_bytes(MASTER_KEY))));
    assert_eq!(
        signing::current(&changing).await.unwrap().active(SigningAlg::EdDsa).unwrap().kid(),
        before.active(SigningAlg::EdDsa).unwrap().kid()
    );
    assert_eq!(signing::reseal(&changing, &operator()).await.unwrap(), 2);
    assert_eq!(signing::reseal(&changing, &operator()).await.unwrap(), 0);
    let changed = world.replica(3, Vault::new(new.clone(), None));
    assert_eq!(
        signing::current(&changed).await.unwrap().active(SigningAlg::EdDsa).unwrap().kid(),
        before.active(SigningAlg::EdDsa).unwrap().kid()
    );
    assert_eq!(world.audit_rows(None, &new.id()).await.len(), 1);
    // F-37: another master key is no reason to make other signing keys
    let stranger = world.replica(4, vault());
    assert!(matches!(signing::load(&stranger).await, Err(Error::Internal(_))));
    assert_eq!(keys(&world.core).await.len(), 2);
}

#[tokio::test]
async fn a_ring_is_read_anew_only_when_a_change_was_seen() {
    let world = World::new().await;
    let first = signing::current(&world.core).await.unwrap();
    assert!(!world.core.keyring.is_stale());
    assert!(std::sync::Arc::ptr_eq(&first, &signing::current(&world.core).await.unwrap()));
    world.core.keyring.mark_stale();
    assert!(world.core.keyring.is_stale());
    assert!(!std::sync::Arc::ptr_eq(&first, &signing::current(&world.core).await.unwrap()));
}

fn of(keys: &[SigningKeyInfo], alg: SigningAlg) -> Vec<SigningKeyState> {
    let mut states: Vec<_> = keys.iter().filter(|key| key.alg == alg).map(|key| key.state).collect();
    states.sort_by_key(|state| state.as_str());
    states
}

// contract section 5: one published `next` per algorithm, from the moment when an API chooses it
#[tokio::test]
async fn an_api_that_chooses_an_algorithm_publishes_its_keys() {
    use SigningKeyState::{Active, Next, Retired};
    let world = World::new().await;
    let owner = world.acme(Role::Owner);
    let api = world.private_api(&world.acme, "orders", &[]).await;
    signing::load(&world.core).await.unwrap();
    assert_eq!(published(&world.core).await.len(), 2);
    let choose = async |alg| {
        let patch = ApiPatch { signing_alg: Some(alg), ..ApiPatch::default() };
        apis::update(&world.core, &owner, "acme", &api.id, patch).await.unwrap()
    };
    assert_eq!(choose(SigningAlg::Es256).await.signing_alg, SigningAlg::Es256);
    let jwks = signing::jwks(&world.core).await.unwrap();
    let algs: Vec<&str> = jwks["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algs.iter().filter(|alg| **alg == "ES256").count(), 2, "{algs:?}");
    let detail = &world.audit_rows(Some(&world.acme.id), api.id.as_str()).await[0].detail;
    assert_eq!(detail["signing_alg"], serde_json::json!({ "from": "EdDSA", "to": "ES256" }));
    // again, and on another replica: the same two
    let replica = world.replica(2, vault());
    choose(SigningAlg::EdDsa).await;
    choose(SigningAlg::Es256).await;
    let (here, there) =
        tokio::join!(signing::signer(&world.core, SigningAlg::Es256), signing::signer(&replica, SigningAlg::Es256));
    assert_eq!(here.unwrap().kid(), there.unwrap().kid());
    assert_eq!(of(&keys(&world.core).await, SigningAlg::Es256), [Active, Next]);

    // each algorithm rotates by itself
    world.clock.advance(900);
    signing::rotate(&world.core, &operator(), SigningAlg::Es256).await.unwrap();
    let rotated = keys(&world.core).await;
    assert_eq!(of(&rotated, SigningAlg::Es256), [Active, Next, Retired]);
    assert_eq!(of(&rotated, SigningAlg::EdDsa), [Active, Next]);
    assert_eq!(
        refused_fields(signing::rotate(&world.core, &operator(), SigningAlg::Rs256).await),
        ["alg"],
        "nothing there to rotate"
    );
}

// F-18: an emergency ends one key of one algorithm
#[tokio::test]
async fn revoking_a_key_leaves_other_algorithms_alone() {
    let world = World::new().await;
    let other = signing::signer(&world.core, SigningAlg::EdDsa).await.unwrap();
    let active = signing::signer(&world.core, SigningAlg::Es256).await.unwrap();
    signing::revoke(&world.core, &operator(), active.kid()).await.unwrap();
    let now = signing::signer(&world.core, SigningAlg::Es256).await.unwrap();
    assert_ne!(now.kid(), active.kid());
    assert_eq!(signing::signer(&world.core, SigningAlg::EdDsa).await.unwrap().kid(), other.kid());
    assert!(signing::current(&world.core).await.unwrap().public(active.kid()).is_none());
    // the job rotates each when its time has come, and both are sealed anew with the master key
    world.clock.advance(30 * DAY);
    signing::maintain(&world.core).await.unwrap();
    assert_ne!(signing::signer(&world.core, SigningAlg::Es256).await.unwrap().kid(), now.kid());
    let new = Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY)));
    let changing = world.replica(2, new);
    let all = keys(&world.core).await.len();
    assert_eq!(signing::reseal(&changing, &operator()).await.unwrap(), all as u64);
    let alone = world.replica(3, Vault::new(MasterKey::from_bytes([8; 32]), None));
    assert!(signing::signer(&alone, SigningAlg::Es256).await.is_ok());
}

// E4: RS256 for verifiers that know nothing else; two replicas that want it at once agree
#[tokio::test(flavor = "multi_thread")]
async fn rsa_keys_are_made_once() {
    let world = World::new().await;
    let replica = world.replica(2, vault());
    let (here, there) =
        tokio::join!(signing::signer(&world.core, SigningAlg::Rs256), signing::signer(&replica, SigningAlg::Rs256));
    let (here, there) = (here.unwrap(), there.unwrap());
    assert_eq!((here.kid(), here.alg().as_str()), (there.kid(), "RS256"));
    assert_eq!(of(&keys(&world.core).await, SigningAlg::Rs256), [SigningKeyState::Active, SigningKeyState::Next]);
    let jwks = signing::jwks(&world.core).await.unwrap();
    let rsa: Vec<_> = jwks["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == "RS256").collect();
    assert_eq!(rsa.len(), 2);
    for key in rsa {
        let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"], "N1");
    }
}
