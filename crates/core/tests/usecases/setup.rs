//! A core to test with: database in memory, a clock that stands until it is moved, randomness that is the same each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use latchkey_core::apis::operations::UnknownOperations;
use latchkey_core::apis::{
    Api, ApiScope, ConsumerPolicy, ConsumerPolicyChange, Principals, ScopeGrant, TokenFormat, TwoToken, Visibility,
};
use latchkey_core::audit::{AuditEntry, AuditFilter, AuditOutcome};
use latchkey_core::clock::Clock;
use latchkey_core::orgs::{Org, OrgSettings};
use latchkey_core::ports::{ApiStore, AuditStore, OrgStore, Page, UsageStore};
use latchkey_core::random::{Random, id};
use latchkey_core::settings::{OrgCreation, Settings};
use latchkey_core::signing::SigningAlg;
use latchkey_core::tiers::SecurityTier;
use latchkey_core::usage::{self, Bucket, GroupBy, Side, UsageQuery};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller, Core, Error, Parts};
use latchkey_store::SqliteStore;
use latchkey_types::{OrgId, Outcome, Role, Timestamp};
use sha2::{Digest, Sha256};

use crate::fetching::{TestFetcher, TestMailer};

/// Where the clock stands at first: 2027-01-15T08:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub const ISSUER: &str = "https://portal.example";
pub const MASTER_KEY: [u8; 32] = [7; 32];
pub const DAY: i64 = 86_400;

/// Stands until somebody moves it.
pub struct TestClock(pub AtomicI64);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        let millis = self.now().as_millis() - START.as_millis();
        Duration::from_millis(u64::try_from(millis).unwrap())
    }
}

/// SHA-256 of a seed and a counter: never the same twice, and the same in each run.
pub struct TestRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl TestRandom {
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block =
                Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(count.to_le_bytes()).finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// A core on a database in memory, with two organisations: `acme` and `globex`.
pub struct World {
    pub core: Arc<Core>,
    pub clock: Arc<TestClock>,
    pub store: Arc<SqliteStore>,
    pub fetcher: Arc<TestFetcher>,
    pub mailer: Arc<TestMailer>,
    pub acme: Org,
    pub globex: Org,
}

impl World {
    pub async fn new() -> Self {
        Self::on(SqliteStore::in_memory().await.unwrap()).await
    }

    /// On this empty, migrated database.
    pub async fn on(store: SqliteStore) -> Self {
        let store = Arc::new(store);
        let clock = Arc::new(TestClock(AtomicI64::new(START.as_millis())));
        let fetcher = Arc::new(TestFetcher::default());
        let mailer = Arc::new(TestMailer::default());
        let vault = Vault::new(MasterKey::from_bytes(MASTER_KEY), None);
        let core = Self::core_on(&store, &clock, &fetcher, &mailer, 1, vault);
        let acme = insert_org(&core, "acme").await;
        let globex = insert_org(&core, "globex").await;
        Self { core, clock, store, fetcher, mailer, acme, globex }
    }

    /// Another replica, or the same one after a restart: on the same database and clock.
    pub fn replica(&self, seed: u64, vault: Vault) -> Arc<Core> {
        Self::core_on(&self.store, &self.clock, &self.fetcher, &self.mailer, seed, vault)
    }

    fn core_on(
        store: &Arc<SqliteStore>,
        clock: &Arc<TestClock>,
        fetcher: &Arc<TestFetcher>,
        mailer: &Arc<TestMailer>,
        seed: u64,
        vault: Vault,
    ) -> Arc<Core> {
        Core::new(Parts {
            store: Arc::clone(store) as _,
            clock: Arc::clone(clock) as _,
            random: Arc::new(TestRandom::new(seed)),
            fetcher: Arc::clone(fetcher) as _,
            mailer: Arc::clone(mailer) as _,
            vault,
            settings: settings(),
        })
    }

    /// Somebody with this role in `acme`.
    pub fn acme(&self, role: Role) -> Caller {
        self.member(&self.acme, role)
    }

    /// Somebody with this role in `globex`.
    pub fn globex(&self, role: Role) -> Caller {
        self.member(&self.globex, role)
    }

    /// A program with this role in the organisation.
    pub fn member(&self, org: &Org, role: Role) -> Caller {
        let actor = Actor::ManagementKey { id: id(self.core.random.as_ref()), org: Some(org.id.clone()), role };
        Caller { actor, ip: Some("203.0.113.9".parse().unwrap()) }
    }

    /// A private API of `org` with these scopes; `https://<name>.example`.
    pub async fn private_api(&self, org: &Org, name: &str, scopes: &[&str]) -> Api {
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope, ScopeGrant::SelfService)).collect();
        self.api(org, name, Visibility::Private, &scopes).await
    }

    /// An API of `org`; its audience is `https://<name>.example`.
    pub async fn api(&self, org: &Org, name: &str, visibility: Visibility, scopes: &[(&str, ScopeGrant)]) -> Api {
        let scope = |(name, grant): &(&str, ScopeGrant)| ApiScope {
            name: name.parse().unwrap(),
            description: String::new(),
            grant: *grant,
        };
        let api = Api {
            id: id(self.core.random.as_ref()),
            org: org.id.clone(),
            name: name.to_owned(),
            audience: format!("https://{name}.example"),
            visibility,
            scopes: scopes.iter().map(scope).collect(),
            token_ttl_seconds: 300,
            signing_alg: SigningAlg::EdDsa,
            token_format: TokenFormat::Jwt,
            call_paths: None,
            principals: Principals::Both,
            owner_tier: org.security_tier,
            two_token: TwoToken::Either,
            unknown_operations: UnknownOperations::default(),
            plans: Vec::new(),
            created_at: self.clock.now(),
        };
        self.store.insert_api(&api, &self.audit(Some(&org.id), "api.create")).await.unwrap();
        api
    }

    /// A public API of `globex` with the scopes `read` (self-service) and `write` (by approval).
    pub async fn public_api_of_globex(&self) -> Api {
        let scopes = [("read", ScopeGrant::SelfService), ("write", ScopeGrant::Approval)];
        self.api(&self.globex, "weather", Visibility::Public, &scopes).await
    }

    /// Lets the owner of the API decide all of this for an organisation.
    pub async fn decide(&self, api: &Api, org: &Org, policy: ConsumerPolicy) {
        let change = ConsumerPolicyChange {
            metadata: Some(policy.metadata),
            scopes: Some(policy.scopes),
            blocked_at: Some(policy.blocked_at),
            ..ConsumerPolicyChange::default()
        };
        let audit = self.audit(Some(&api.org), "consumer.set");
        self.store.change_consumer_policy(&api.id, &org.id, &change, &audit).await.unwrap();
    }

    pub async fn suspend(&self, org: &Org) {
        let audit = self.audit(None, "org.suspend");
        self.store.set_org_suspended(&org.id, Some(self.clock.now()), &audit).await.unwrap();
    }

    /// A row of the audit log for a write that isn't under test.
    pub fn audit(&self, org: Option<&OrgId>, action: &str) -> AuditEntry {
        audit(&self.core, org, action)
    }

    /// All actions in an organisation's log about this target, by name: while the clock stands, rows have no order.
    pub async fn actions_on(&self, org: &Org, target: &str) -> Vec<String> {
        let mut actions: Vec<_> =
            self.audit_rows(Some(&org.id), target).await.into_iter().map(|row| row.action).collect();
        actions.sort();
        actions
    }

    /// All rows of a log about this target.
    pub async fn audit_rows(&self, org: Option<&OrgId>, target: &str) -> Vec<AuditEntry> {
        let filter = AuditFilter { org: org.cloned(), target: Some(target.to_owned()), ..AuditFilter::default() };
        self.store.list_audit(&filter, &page()).await.unwrap().items
    }

    /// What `acme`'s credentials did in the minute that begins so many seconds after [`START`]: which, what, how often.
    pub async fn used(&self, begin: i64) -> Vec<(String, Outcome, i64)> {
        usage::flush(&self.core).await.unwrap();
        let query = UsageQuery {
            org: self.acme.id.clone(),
            side: Side::Holder,
            from: START.plus_seconds(begin),
            to: START.plus_seconds(begin + 60),
            bucket: Bucket::Minute,
            group_by: GroupBy { credential: true, outcome: true, ..GroupBy::default() },
            credential: None,
            api: None,
            limit: 100,
        };
        let points = self.store.usage_series(&query).await.unwrap().into_iter();
        let mut used: Vec<_> =
            points.map(|point| (point.credential.flatten().unwrap(), point.outcome.unwrap(), point.count)).collect();
        used.sort_unstable();
        used
    }

    /// Every row of every log as text, to look for what must not stand there.
    pub async fn audit_text(&self) -> String {
        format!("{:?}", self.store.list_audit(&AuditFilter::default(), &page()).await.unwrap().items)
    }
}

pub fn settings() -> Settings {
    Settings {
        brand: "lk".to_owned(),
        issuer: ISSUER.to_owned(),
        org_creation: OrgCreation::Operators,
        operators: Vec::new(),
        max_staleness: Duration::from_secs(2),
        leak_reporters: Vec::new(),
    }
}

pub fn operator() -> Caller {
    Caller { actor: Actor::CommandLine, ip: None }
}

pub fn page() -> Page {
    Page { limit: 200, cursor: None }
}

/// The members that were refused.
pub fn refused_fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("expected invalid input, not {other:?}"),
    }
}

/// The word of the conflict.
pub fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Conflict(conflict, _)) => conflict.code(),
        other => panic!("expected a conflict, not {other:?}"),
    }
}

async fn insert_org(core: &Core, slug: &str) -> Org {
    let org = Org {
        id: id(core.random.as_ref()),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        suspended_at: None,
        settings: OrgSettings::default(),
        security_tier: SecurityTier::Low,
        created_at: core.clock.now(),
    };
    core.store.insert_org(&org, None, None, &audit(core, Some(&org.id), "org.create")).await.unwrap();
    org
}

fn audit(core: &Core, org: Option<&OrgId>, action: &str) -> AuditEntry {
    AuditEntry {
        id: id(core.random.as_ref()),
        org: org.cloned(),
        at: core.clock.now(),
        actor_kind: "system".to_owned(),
        actor_id: None,
        action: action.to_owned(),
        target_type: "test".to_owned(),
        target_id: "test".to_owned(),
        outcome: AuditOutcome::Done,
        ip: None,
        detail: serde_json::Map::new(),
    }
}
