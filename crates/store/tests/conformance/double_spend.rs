//! Two replicas on one database, and more calls at once than there is to spend (F-15).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use latchkey_core::apis::{self, NewApi, Visibility};
use latchkey_core::clock::Clock;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::limits::{LimitMode, NewCredits, NewRateLimit};
use latchkey_core::ports::{NoFetcher, NoMailer, Store};
use latchkey_core::random::Random;
use latchkey_core::settings::{OrgCreation, Settings};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Actor, Caller, Core, Parts, orgs};
use latchkey_store::{Database, PostgresStore, SqliteStore};
use latchkey_types::{CredentialKind, Outcome, Timestamp};

use crate::database::{Folder, on_postgres};
use crate::fixture::NOW;

pub const CLI: Caller = Caller { actor: Actor::CommandLine, ip: None };

/// Stands still, so that no rate limit refills while the calls run.
struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

/// Never the same twice; each replica has a seed of its own.
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A whole replica on this store.
pub fn replica(store: Arc<dyn Store>, seed: u64) -> Arc<Core> {
    Core::new(Parts {
        store,
        clock: Arc::new(StandingClock),
        random: Arc::new(Counting(AtomicU64::new(seed))),
        fetcher: Arc::new(NoFetcher),
        mailer: Arc::new(NoMailer),
        vault: Vault::new(MasterKey::from_bytes([7; 32]), None),
        settings: Settings {
            brand: "lk".to_owned(),
            issuer: "https://portal.example".to_owned(),
            org_creation: OrgCreation::Operators,
            operators: Vec::new(),
            max_staleness: Duration::from_secs(2),
            leak_reporters: Vec::new(),
        },
    })
}

/// A verification key, and the secret of a key with these limits.
async fn scene(core: &Core, name: &str, new: NewKey) -> (String, String) {
    let audience = format!("https://{name}.example");
    let api = NewApi { name: name.to_owned(), audience, visibility: Visibility::Private, ..NewApi::default() };
    let api = apis::create(core, &CLI, "acme", api).await.unwrap();
    let asks = apis::create_verification_key(core, &CLI, "acme", &api.id, "gateway", Vec::new()).await.unwrap();
    let new = NewKey { kind: CredentialKind::ApiKey, name: name.to_owned(), api: api.id.to_string(), ..new };
    let key = keys::create(core, &CLI, "acme", new).await.unwrap();
    (asks.secret.expose().to_owned(), key.secret.expose().to_owned())
}

async fn ask(core: &Core, (verification_key, credential): &(String, String), cost: u32) -> Answer {
    let request = VerifyRequest { credential, cost, ..VerifyRequest::default() };
    verify::verify(core, verification_key, &request).await.unwrap()
}

/// 500 calls at once on two replicas where 100 fit: how many got through, and what the others were told.
async fn spend_500(replicas: &[Arc<Core>; 2], scene: &(String, String)) -> (usize, Vec<Outcome>) {
    let calls = (0..500).map(|number| {
        let (core, scene) = (Arc::clone(&replicas[number % 2]), scene.clone());
        tokio::spawn(async move { ask(&core, &scene, 1).await })
    });
    let answers: Vec<Answer> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.credits_remaining.is_none_or(|left| left >= 0)));
    let mut codes: Vec<Outcome> = answers.iter().map(|answer| answer.code).collect();
    let through = codes.iter().filter(|code| **code == Outcome::Valid).count();
    codes.retain(|code| *code != Outcome::Valid);
    codes.dedup();
    (through, codes)
}

async fn nothing_is_spent_twice(stores: [Arc<dyn Store>; 2]) {
    let mut seed = 0;
    let replicas = stores.map(|store| {
        seed += 1;
        replica(store, seed)
    });
    orgs::create(&replicas[0], &CLI, "Acme", "acme", None).await.unwrap();
    for replica in &replicas {
        verify::follow(replica).await.unwrap();
    }
    let credits = NewCredits { remaining: Some(100), refill: None, on_unknown: None };
    let limit = |mode| NewRateLimit {
        name: "hourly".to_owned(),
        limit: 100,
        window_seconds: 3_600,
        mode: Some(mode),
        on_unknown: None,
    };

    let of_credits = scene(&replicas[0], "credits", NewKey { credits: Some(credits), ..NewKey::default() }).await;
    assert_eq!(spend_500(&replicas, &of_credits).await, (100, vec![Outcome::CreditsExhausted]));
    for core in &replicas {
        let answer = ask(core, &of_credits, 0).await;
        assert_eq!((answer.code, answer.credits_remaining), (Outcome::Valid, Some(0)));
        assert_eq!(ask(core, &of_credits, 1).await.code, Outcome::CreditsExhausted);
    }

    let exact = NewKey { rate_limits: vec![limit(LimitMode::Exact)], ..NewKey::default() };
    let exact = scene(&replicas[0], "exact", exact).await;
    assert_eq!(spend_500(&replicas, &exact).await, (100, vec![Outcome::RateLimited]));
    for core in &replicas {
        assert_eq!(ask(core, &exact, 0).await.rate_limits[0].remaining, 0);
    }

    // neither lets more through than the other; the limit is named where both are used up
    let both = NewKey { rate_limits: vec![limit(LimitMode::Exact)], credits: Some(credits), ..NewKey::default() };
    let both = scene(&replicas[0], "both", both).await;
    assert_eq!(spend_500(&replicas, &both).await, (100, vec![Outcome::RateLimited]));
    assert_eq!(ask(&replicas[1], &both, 0).await.credits_remaining, Some(0));

    // the bound of docs/limits.md: as much on each replica before they hear of each other, nothing more afterwards
    let local = NewKey { rate_limits: vec![limit(LimitMode::Local)], ..NewKey::default() };
    let local = scene(&replicas[0], "local", local).await;
    assert_eq!(spend_500(&replicas, &local).await, (200, vec![Outcome::RateLimited]));
    for core in replicas.iter().cycle().take(3) {
        latchkey_core::limits::reconcile(core).await.unwrap();
    }
    let [one, other] = replicas.each_ref().map(AsRef::as_ref);
    let state = async |core| ask(core, &local, 0).await.rate_limits.remove(0);
    assert_eq!((state(one).await.remaining, state(other).await.remaining), (0, 0));
    assert_eq!((state(one).await.reset_seconds, state(other).await.reset_seconds), (7_200, 7_200), "it is paid back");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_nothing_is_spent_twice() {
    on_postgres(async |fixture, url| {
        let second = PostgresStore::open(url).await.unwrap();
        nothing_is_spent_twice([Arc::clone(&fixture.store), Database::Postgres(second.clone()).store()]).await;
        second.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_nothing_is_spent_twice() {
    let folder = Folder::new();
    let (one, other) =
        (SqliteStore::open(&folder.url()).await.unwrap(), SqliteStore::open(&folder.url()).await.unwrap());
    one.migrate().await.unwrap();
    nothing_is_spent_twice([Database::Sqlite(one.clone()).store(), Database::Sqlite(other.clone()).store()]).await;
    one.close().await;
    other.close().await;
}
