//! Verification: every code, the order in which they are decided, and that nothing outlives its revocation.

use std::sync::Arc;

use latchkey_core::apis::{self, Api, PolicyPatch, ScopeGrant, Visibility};
use latchkey_core::clock::Clock;
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_core::ports::{OrgStore, UsageStore};
use latchkey_core::usage::{self, Bucket, GroupBy, Side, UsageQuery};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, Error, signing};
use latchkey_store::SqliteStore;
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use sqlx::{Connection, SqliteConnection};

use crate::setup::{DAY, MASTER_KEY, World, operator};

/// An API of `acme` with a verification key, and a key for it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        Self::of(World::new().await).await
    }

    async fn of(world: World) -> Self {
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["orders:read", "orders:write"]).await;
        let verification_key = verification_key(&world, "acme", &api, vec![Environment::Live]).await;
        Self { world, api, verification_key }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn key(&self, change: impl FnOnce(&mut NewKey)) -> CreatedKey {
        let mut new = new_key(&self.api);
        change(&mut new);
        keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap()
    }

    async fn ask(&self, credential: &str) -> Answer {
        ask(self.core(), &self.verification_key, credential).await
    }

    async fn code(&self, credential: &str) -> Outcome {
        self.ask(credential).await.code
    }

    async fn code_with(&self, request: VerifyRequest<'_>) -> Outcome {
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap().code
    }
}

fn new_key(api: &Api) -> NewKey {
    NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: api.id.to_string(),
        environment: Environment::Live,
        scopes: vec!["orders:read".to_owned()],
        expires_at: None,
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    }
}

async fn verification_key(world: &World, org: &str, api: &Api, environments: Vec<Environment>) -> String {
    let admin = if org == "acme" { world.acme(Role::Admin) } else { world.globex(Role::Admin) };
    let made = apis::create_verification_key(&world.core, &admin, org, &api.id, "gateway", environments).await.unwrap();
    made.secret.expose().to_owned()
}

async fn ask(core: &Core, verification_key: &str, credential: &str) -> Answer {
    verify::verify(core, verification_key, &VerifyRequest { credential, ..VerifyRequest::default() }).await.unwrap()
}

#[tokio::test]
async fn a_good_key_says_all_that_the_contract_lists() {
    let scene = Scene::new().await;
    let created = scene
        .key(|new| {
            new.owner = Some("customer_42".to_owned());
            new.metadata = serde_json::json!({"plan": "pro"}).as_object().cloned();
        })
        .await;
    for _ in 0..2 {
        let answer = scene.ask(created.secret.expose()).await;
        assert_eq!(answer.code, Outcome::Valid);
        let verified = answer.valid.unwrap();
        assert_eq!(verified.id, created.key.id.as_str());
        assert_eq!(verified.subject, created.key.id.as_str());
        assert_eq!(verified.org_slug, "acme");
        assert_eq!(verified.api, "https://orders.example");
        assert_eq!(verified.scopes.to_string(), "orders:read");
        assert_eq!(verified.owner.as_deref(), Some("customer_42"));
        assert_eq!(verified.metadata["plan"], "pro");
        assert_eq!(verified.generation, Some(1));
    }
}

// ZITADEL CVE-2026-27840
#[tokio::test]
async fn what_is_nearly_a_secret_is_malformed() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    let secret = created.secret.expose();
    for text in ["", "x", "lk_live_", &secret[..secret.len() - 1], &format!("{secret}0"), &secret.to_lowercase(), "a b"]
    {
        assert_eq!(scene.code(text).await, Outcome::Malformed, "{text}");
    }
}

#[tokio::test]
async fn unknown_foreign_and_other_kinds_are_not_found() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let unknown =
        latchkey_types::secret::compose("lk", latchkey_types::secret::SecretKind::Live, "0000000000000000", &[1; 32]);
    assert_eq!(scene.code(&unknown).await, Outcome::NotFound);
    // the right id with another secret
    let created = scene.key(|_| {}).await;
    let forged = latchkey_types::secret::compose(
        "lk",
        latchkey_types::secret::SecretKind::Live,
        created.key.id.random_part(),
        &[1; 32],
    );
    assert_eq!(scene.code(&forged).await, Outcome::NotFound);
    // a verification key is no credential
    assert_eq!(scene.code(&scene.verification_key).await, Outcome::NotFound);
    // a key for another API, whether remembered or not
    let other = world.private_api(&world.acme, "billing", &[]).await;
    let other_verification_key = verification_key(world, "acme", &other, vec![Environment::Live]).await;
    for _ in 0..2 {
        let answer = ask(scene.core(), &other_verification_key, created.secret.expose()).await;
        assert_eq!((answer.code, answer.id), (Outcome::NotFound, None));
    }
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    assert_eq!(ask(scene.core(), &other_verification_key, created.secret.expose()).await.code, Outcome::NotFound);
}

#[tokio::test]
async fn a_verification_key_takes_its_environments_alone() {
    let scene = Scene::new().await;
    let created = scene.key(|new| new.environment = Environment::Test).await;
    assert!(created.secret.expose().starts_with("lk_test_"));
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::NotFound);
    let both = verification_key(&scene.world, "acme", &scene.api, vec![Environment::Live, Environment::Test]).await;
    assert_eq!(ask(scene.core(), &both, created.secret.expose()).await.code, Outcome::Valid);
}

#[tokio::test]
async fn a_bad_verification_key_is_no_caller() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    let forged = latchkey_types::secret::compose(
        "lk",
        latchkey_types::secret::SecretKind::Verify,
        &scene.verification_key["lk_verify_".len()..][..16],
        &[9; 32],
    );
    for bad in ["", "lk_verify_x", created.secret.expose(), forged.as_str()] {
        let request = VerifyRequest { credential: created.secret.expose(), ..VerifyRequest::default() };
        let refused = verify::verify(scene.core(), bad, &request).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{bad}: {refused:?}");
    }
}

#[tokio::test]
async fn states_are_decided_in_the_contracts_order_and_hold_at_once() {
    let scene = Scene::new().await;
    let developer = scene.world.acme(Role::Developer);
    let created = scene.key(|_| {}).await;
    let (secret, id) = (created.secret.expose(), &created.key.id);
    assert_eq!(scene.code(secret).await, Outcome::Valid);
    keys::disable(scene.core(), &developer, "acme", id).await.unwrap();
    let answer = scene.ask(secret).await;
    assert_eq!((answer.code, answer.id.as_deref()), (Outcome::Disabled, Some(id.as_str())));
    keys::enable(scene.core(), &developer, "acme", id).await.unwrap();
    assert_eq!(scene.code(secret).await, Outcome::Valid);
    scene.world.suspend(&scene.world.acme).await;
    // the API's owner is suspended too here: its verification key is no good any more
    let request = VerifyRequest { credential: secret, ..VerifyRequest::default() };
    let refused = verify::verify(scene.core(), &scene.verification_key, &request).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    let audit = scene.world.audit(None, "org.unsuspend");
    scene.world.store.set_org_suspended(&scene.world.acme.id, None, &audit).await.unwrap();
    keys::revoke(scene.core(), &developer, "acme", id, None).await.unwrap();
    assert_eq!(scene.code(secret).await, Outcome::Revoked);
}

#[tokio::test]
async fn a_key_ends_to_the_millisecond() {
    let scene = Scene::new().await;
    let end = scene.world.clock.now().plus_seconds(60);
    let created = scene.key(|new| new.expires_at = Some(end)).await;
    scene.world.clock.advance(59);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    scene.world.clock.advance(1);
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Expired);
}

#[tokio::test]
async fn addresses_and_scopes_are_asked_for() {
    let scene = Scene::new().await;
    let created = scene.key(|new| new.allowed_ips = vec!["203.0.113.0/24".to_owned(), "2001:db8::1".to_owned()]).await;
    let credential = created.secret.expose();
    let from = |ip: &str| VerifyRequest { credential, ip: Some(ip.parse().unwrap()), ..VerifyRequest::default() };
    assert_eq!(scene.code(credential).await, Outcome::IpNotAllowed);
    assert_eq!(scene.code_with(from("198.51.100.1")).await, Outcome::IpNotAllowed);
    assert_eq!(scene.code_with(from("203.0.113.9")).await, Outcome::Valid);
    assert_eq!(scene.code_with(from("::ffff:203.0.113.9")).await, Outcome::Valid);
    assert_eq!(scene.code_with(from("2001:db8::1")).await, Outcome::Valid);
    let scopes = ["orders:write".to_owned(), "nonsense".to_owned(), "orders:read".to_owned(), "nonsense".to_owned()];
    let request = VerifyRequest { scopes: &scopes, ..from("203.0.113.9") };
    let answer = verify::verify(scene.core(), &scene.verification_key, &request).await.unwrap();
    assert_eq!(answer.code, Outcome::InsufficientScope);
    assert_eq!(answer.missing_scopes, ["nonsense", "orders:write"]);
    let other_address = VerifyRequest { scopes: &scopes, ..from("198.51.100.1") };
    assert_eq!(scene.code_with(other_address).await, Outcome::IpNotAllowed, "the address comes first");
}

#[tokio::test]
async fn both_generations_hold_until_the_overlap_ends_and_a_third_ends_the_oldest() {
    let scene = Scene::new().await;
    let developer = scene.world.acme(Role::Developer);
    let first = scene.key(|_| {}).await;
    let id = &first.key.id;
    assert_eq!(scene.code(first.secret.expose()).await, Outcome::Valid);
    let second = keys::rotate(scene.core(), &developer, "acme", id, 3600).await.unwrap();
    let generation = |answer: Answer| answer.valid.and_then(|verified| verified.generation);
    assert_eq!(generation(scene.ask(first.secret.expose()).await), Some(1));
    assert_eq!(generation(scene.ask(second.secret.expose()).await), Some(2));
    let third = keys::rotate(scene.core(), &developer, "acme", id, 3600).await.unwrap();
    assert_eq!(scene.code(first.secret.expose()).await, Outcome::Expired);
    assert_eq!(scene.code(second.secret.expose()).await, Outcome::Valid);
    assert_eq!(scene.code(third.secret.expose()).await, Outcome::Valid);
    scene.world.clock.advance(3600);
    assert_eq!(scene.code(second.secret.expose()).await, Outcome::Expired);
    assert_eq!(scene.code(third.secret.expose()).await, Outcome::Valid);
}

#[tokio::test]
async fn a_jwt_key_is_held_to_its_signature_audience_row_and_time() {
    let scene = Scene::new().await;
    let created = scene.key(|new| new.kind = CredentialKind::JwtKey).await;
    let jwt = created.secret.expose();
    assert_eq!(scene.code(jwt).await, Outcome::Valid);
    // D7, D1
    let mut parts: Vec<&str> = jwt.split('.').collect();
    let flipped =
        if parts[2].starts_with('A') { format!("B{}", &parts[2][1..]) } else { format!("A{}", &parts[2][1..]) };
    parts[2] = &flipped;
    assert_eq!(scene.code(&parts.join(".")).await, Outcome::BadSignature);
    assert_ne!(scene.code(&jwt[..jwt.len() - 1]).await, Outcome::Valid);
    assert_eq!(scene.code("a.b").await, Outcome::Malformed);
    let other = scene.world.private_api(&scene.world.acme, "billing", &[]).await;
    let other_verification_key = verification_key(&scene.world, "acme", &other, vec![Environment::Live]).await;
    for _ in 0..2 {
        assert_eq!(ask(scene.core(), &other_verification_key, jwt).await.code, Outcome::WrongAudience);
    }
    scene.world.clock.advance(90 * DAY);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code(jwt).await, Outcome::Expired);
    keys::revoke(scene.core(), &scene.world.acme(Role::Developer), "acme", &created.key.id, None).await.unwrap();
    assert_eq!(scene.code(jwt).await, Outcome::Revoked);
}

// F-18: revoking the active signing key refuses all that it signed
#[tokio::test]
async fn a_revoked_signing_key_takes_its_tokens_along() {
    let scene = Scene::new().await;
    let created = scene.key(|new| new.kind = CredentialKind::JwtKey).await;
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    let active = signing::list(scene.core(), &operator()).await.unwrap();
    let active = active.iter().find(|key| key.state == signing::SigningKeyState::Active).unwrap();
    signing::revoke(scene.core(), &operator(), &active.kid).await.unwrap();
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::BadSignature);
    let fresh = scene.key(|new| new.kind = CredentialKind::JwtKey).await;
    assert_eq!(scene.code(fresh.secret.expose()).await, Outcome::Valid);
}

#[tokio::test]
async fn the_apis_owner_blocks_limits_and_describes_a_consumer() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let api = world.public_api_of_globex().await;
    let verification_key = verification_key(world, "globex", &api, vec![Environment::Live]).await;
    let new = NewKey { scopes: vec!["read".to_owned()], ..new_key(&api) };
    let created = keys::create(scene.core(), &world.acme(Role::Developer), "acme", new).await.unwrap();
    let answer = ask(scene.core(), &verification_key, created.secret.expose()).await;
    assert_eq!((answer.code, answer.valid.unwrap().org_slug.clone()), (Outcome::Valid, "acme".to_owned()));
    let owner = world.globex(Role::Admin);
    let metadata = serde_json::json!({"plan": "free"}).as_object().cloned();
    let patch = PolicyPatch { metadata: Some(metadata), ..PolicyPatch::default() };
    apis::set_consumer_policy(scene.core(), &owner, "globex", &api.id, "acme", patch).await.unwrap();
    let answer = ask(scene.core(), &verification_key, created.secret.expose()).await;
    assert_eq!(answer.valid.unwrap().metadata["plan"], "free");
    apis::set_consumer_blocked(scene.core(), &owner, "globex", &api.id, "acme", true).await.unwrap();
    assert_eq!(ask(scene.core(), &verification_key, created.secret.expose()).await.code, Outcome::Disabled);
    apis::set_consumer_blocked(scene.core(), &owner, "globex", &api.id, "acme", false).await.unwrap();
    assert_eq!(ask(scene.core(), &verification_key, created.secret.expose()).await.code, Outcome::Valid);
    world.suspend(&world.acme).await;
    assert_eq!(
        ask(scene.core(), &verification_key, created.secret.expose()).await.code,
        Outcome::OrganisationSuspended
    );
}

#[tokio::test]
async fn a_scope_that_the_api_drops_or_takes_back_is_gone_from_its_keys() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    let asked = ["orders:read".to_owned()];
    let request = || VerifyRequest { credential: created.secret.expose(), scopes: &asked, ..VerifyRequest::default() };
    assert_eq!(scene.code_with(request()).await, Outcome::Valid);
    let patch = apis::ApiPatch { scopes: Some(Vec::new()), ..apis::ApiPatch::default() };
    apis::update(scene.core(), &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await.unwrap();
    assert_eq!(scene.code_with(request()).await, Outcome::InsufficientScope);
}

// F-11: another process sees a change on its next look at the change log
#[tokio::test]
async fn another_replica_follows_the_change_log() {
    let scene = Scene::new().await;
    let replica: Arc<Core> = scene.world.replica(77, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&replica).await.unwrap();
    verify::follow(&replica).await.unwrap();
    let created = scene.key(|_| {}).await;
    let developer = scene.world.acme(Role::Developer);
    assert_eq!(ask(&replica, &scene.verification_key, created.secret.expose()).await.code, Outcome::Valid);
    keys::disable(scene.core(), &developer, "acme", &created.key.id).await.unwrap();
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, created.secret.expose()).await.code, Outcome::Disabled);
}

// F-34: restored from a backup, or a replica that lagged took over
#[tokio::test]
async fn a_database_that_was_set_back_is_believed_over_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.db").display());
    let store = SqliteStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let scene = Scene::of(World::on(store).await).await;
    let key = scene.key(|_| {}).await;
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Valid);

    let mut elsewhere = SqliteConnection::connect(&url).await.unwrap();
    for statement in ["UPDATE keys SET revoked_at = 1", "DELETE FROM changes", "UPDATE revision SET n = 1"] {
        sqlx::query(statement).execute(&mut elsewhere).await.unwrap();
    }
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Revoked);
}

// contract section 2: LATCHKEY_MAX_STALENESS
#[tokio::test]
async fn a_cache_that_lost_sight_of_the_change_log_is_not_believed() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    // behind the process' back, as a lost notification would have it
    scene.world.clock.advance(3);
    let replica = scene.world.replica(78, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    keys::revoke(&replica, &scene.world.acme(Role::Developer), "acme", &created.key.id, None).await.unwrap();
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Revoked);
}

// F-23: only first-sight checks of bad secrets are slowed down
#[tokio::test]
async fn guessing_is_slowed_down_and_a_remembered_key_is_not() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    let mut refused = None;
    for attempt in 0..12_u8 {
        let guess = latchkey_types::secret::compose(
            "lk",
            latchkey_types::secret::SecretKind::Live,
            created.key.id.random_part(),
            &[attempt; 32],
        );
        let request = VerifyRequest { credential: &guess, ..VerifyRequest::default() };
        if let Err(error) = verify::verify(scene.core(), &scene.verification_key, &request).await {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(Error::TooMany(seconds)) if seconds > 0), "{refused:?}");
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
}

// contract section 10, "Usage"
#[tokio::test]
async fn every_call_is_counted_once_by_generation_and_outcome() {
    let scene = Scene::new().await;
    let first = scene.key(|_| {}).await;
    let second =
        keys::rotate(scene.core(), &scene.world.acme(Role::Developer), "acme", &first.key.id, 60).await.unwrap();
    for secret in [first.secret.expose(), second.secret.expose(), second.secret.expose(), "nonsense"] {
        scene.code(secret).await;
    }
    usage::flush(scene.core()).await.unwrap();
    usage::flush(scene.core()).await.unwrap();
    let now = scene.world.clock.now();
    let query = UsageQuery {
        org: scene.world.acme.id.clone(),
        side: Side::Both,
        from: now.floor_to(60),
        to: now.plus_seconds(60),
        bucket: Bucket::Minute,
        group_by: GroupBy { credential: true, generation: true, api: true, outcome: true },
        credential: None,
        api: None,
        limit: 100,
    };
    let mut points: Vec<_> = scene
        .world
        .store
        .usage_series(&query)
        .await
        .unwrap()
        .into_iter()
        .map(|point| (point.credential.unwrap(), point.generation.unwrap(), point.outcome.unwrap(), point.count))
        .collect();
    points.sort();
    let id = first.key.id.to_string();
    assert_eq!(
        points,
        [(None, 0, Outcome::Malformed, 1), (Some(id.clone()), 1, Outcome::Valid, 1), (Some(id), 2, Outcome::Valid, 2),]
    );
    let key = keys::get(scene.core(), &scene.world.acme(Role::Viewer), "acme", &first.key.id).await.unwrap();
    assert_eq!(key.last_used_at, Some(now));
}

// F-08: whatever verification does meanwhile, the administrator's word is the last
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fill_overtakes_a_revocation() {
    let scene = Arc::new(Scene::new().await);
    for _ in 0..20 {
        let created = scene.key(|_| {}).await;
        let secret = created.secret.expose().to_owned();
        let askers: Vec<_> = (0..8)
            .map(|_| {
                let (scene, secret) = (Arc::clone(&scene), secret.clone());
                tokio::spawn(async move {
                    for _ in 0..5 {
                        scene.code(&secret).await;
                    }
                })
            })
            .collect();
        keys::revoke(scene.core(), &scene.world.acme(Role::Developer), "acme", &created.key.id, None).await.unwrap();
        assert_eq!(scene.code(&secret).await, Outcome::Revoked);
        for asker in askers {
            asker.await.unwrap();
        }
        assert_eq!(scene.code(&secret).await, Outcome::Revoked);
    }
}

#[tokio::test]
async fn changes_of_scopes_and_addresses_hold_at_once() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::Valid);
    let patch = KeyPatch { allowed_ips: Some(vec!["192.0.2.1".to_owned()]), ..KeyPatch::default() };
    keys::update(scene.core(), &scene.world.acme(Role::Developer), "acme", &created.key.id, patch).await.unwrap();
    assert_eq!(scene.code(created.secret.expose()).await, Outcome::IpNotAllowed);
}

#[tokio::test]
async fn an_api_made_private_shuts_out_foreign_credentials() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let api = world.api(&world.globex, "maps", Visibility::Public, &[("read", ScopeGrant::SelfService)]).await;
    let verification_key = verification_key(world, "globex", &api, Vec::new()).await;
    let new = NewKey { scopes: Vec::new(), ..new_key(&api) };
    let created = keys::create(scene.core(), &world.acme(Role::Developer), "acme", new).await.unwrap();
    assert_eq!(ask(scene.core(), &verification_key, created.secret.expose()).await.code, Outcome::Valid);
    let patch = apis::ApiPatch { visibility: Some(Visibility::Private), ..apis::ApiPatch::default() };
    apis::update(scene.core(), &world.globex(Role::Admin), "globex", &api.id, patch).await.unwrap();
    assert_eq!(ask(scene.core(), &verification_key, created.secret.expose()).await.code, Outcome::Disabled);
}

// contract section 2: what was used while the master key was being changed goes on under the new one alone
#[tokio::test]
async fn hashes_move_to_a_new_master_key_as_secrets_are_used() {
    let scene = Scene::new().await;
    let created = scene.key(|_| {}).await;
    let new = || MasterKey::from_bytes([8; 32]);
    let changing = scene.world.replica(80, Vault::new(new(), Some(MasterKey::from_bytes(MASTER_KEY))));
    assert_eq!(ask(&changing, &scene.verification_key, created.secret.expose()).await.code, Outcome::Valid);
    let changed = scene.world.replica(81, Vault::new(new(), None));
    assert_eq!(ask(&changed, &scene.verification_key, created.secret.expose()).await.code, Outcome::Valid);
}
