//! What verification remembers, and when it may be believed.
//!
//! A fill takes a ticket before it reads the row. Whatever is forgotten after that ticket keeps the fill out, so that
//! a revocation can't be overtaken by a slow fill.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::api_caller::ApiCaller;
use super::clients::ProvenClient;
use super::entry::Entry;
use super::issued::Issued;
use crate::attempts::Attempts;
use crate::ports::Change;
use crate::settings::Settings;

/// How many credentials are remembered; the least used are forgotten first.
const CREDENTIALS: usize = 100_000;
/// How many verification keys are remembered.
const CALLERS: usize = 10_000;
/// How many clients are remembered by their secret.
const CLIENTS: usize = 10_000;
/// How many issued tokens are remembered for clients that ask again.
const ISSUED: usize = 10_000;
/// How many JWTs are remembered for the upstreams of gateways, about 2 KiB each.
const PHANTOMS: usize = 20_000;
/// How many changed subjects are remembered for fills that are under way.
const CHANGED_SUBJECTS: usize = 10_000;
/// No look at the change log yet.
const NEVER: i64 = -1;

/// SHA-256 of a whole secret or token.
pub(crate) type Digest = [u8; 32];

/// How far the process had forgotten things when a fill began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

/// A subject of the change log, hashed. Two that collide are forgotten together, which costs one more look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Subject(u64);

impl Subject {
    pub(super) fn new(subject: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Something that stands on rows that may change.
pub(super) trait StandsOn {
    /// What it stands on.
    fn subjects(&self) -> &[Subject];
}

/// What was forgotten lately.
#[derive(Default)]
struct Forgotten {
    /// Counts calls of [`Verifier::forget`].
    clock: u64,
    /// When each subject was last forgotten.
    at: HashMap<Subject, u64>,
    /// Fills with a ticket below this one are kept out: `at` no longer says what happened before it.
    floor: u64,
}

impl Forgotten {
    fn keeps_out(&self, ticket: Ticket, subjects: &[Subject]) -> bool {
        ticket.0 < self.floor || subjects.iter().any(|subject| self.at.get(subject).is_some_and(|at| *at > ticket.0))
    }
}

/// The verified-cache, and how fresh it is.
pub struct Verifier {
    credentials: Cache<Digest, Arc<Entry>>,
    callers: Cache<Digest, Arc<ApiCaller>>,
    clients: Cache<Digest, Arc<ProvenClient>>,
    issued: Cache<Digest, Arc<Issued>>,
    phantoms: Cache<Digest, Arc<Issued>>,
    forgotten: RwLock<Forgotten>,
    revision: AtomicI64,
    seen_at_millis: AtomicU64,
    max_staleness: Duration,
    /// Wrong secrets per verification key and credential id.
    pub(super) wrong_secrets: Attempts,
    /// Unknown ids per verification key; wrong secrets per verification key id.
    pub(super) unknown_ids: Attempts,
}

/// What the verifier can say of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many credentials it remembers.
    pub entries: usize,
    /// The newest revision of the change log that it has seen; -1 before the first look.
    pub revision: i64,
    /// How long ago it last saw the change log.
    pub age: Duration,
}

impl Verifier {
    /// An empty cache.
    pub fn new(settings: &Settings, now: Duration) -> Self {
        Self {
            credentials: Cache::new(CREDENTIALS),
            callers: Cache::new(CALLERS),
            clients: Cache::new(CLIENTS),
            issued: Cache::new(ISSUED),
            phantoms: Cache::new(PHANTOMS),
            forgotten: RwLock::default(),
            revision: AtomicI64::new(NEVER),
            seen_at_millis: AtomicU64::new(millis(now)),
            max_staleness: settings.max_staleness,
            wrong_secrets: Attempts::new(10, Duration::from_secs(1)),
            unknown_ids: Attempts::new(100, Duration::from_millis(50)),
        }
    }

    /// Drops every entry that stands on what changed.
    pub fn forget(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let subjects: HashSet<Subject> = changes.iter().map(|change| Subject::new(&change.subject)).collect();
        let mut forgotten = self.forgotten.write().unwrap_or_else(PoisonError::into_inner);
        forgotten.clock += 1;
        let clock = forgotten.clock;
        if forgotten.at.len() + subjects.len() > CHANGED_SUBJECTS {
            forgotten.at.clear();
            forgotten.floor = clock;
        }
        forgotten.at.extend(subjects.iter().map(|subject| (*subject, clock)));
        self.credentials.retain(|_, entry| !stands_on_any(entry.as_ref(), &subjects));
        self.callers.retain(|_, caller| !stands_on_any(caller.as_ref(), &subjects));
        self.clients.retain(|_, client| !stands_on_any(client.as_ref(), &subjects));
        self.issued.retain(|_, issued| !stands_on_any(issued.as_ref(), &subjects));
        self.phantoms.retain(|_, phantom| !stands_on_any(phantom.as_ref(), &subjects));
    }

    /// Drops everything: changes may have been missed.
    pub(super) fn forget_all(&self) {
        let mut forgotten = self.forgotten.write().unwrap_or_else(PoisonError::into_inner);
        forgotten.clock += 1;
        forgotten.floor = forgotten.clock;
        forgotten.at.clear();
        self.credentials.clear();
        self.callers.clear();
        self.clients.clear();
        self.issued.clear();
        self.phantoms.clear();
    }

    /// Taken before a row is read.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.forgotten.read().unwrap_or_else(PoisonError::into_inner).clock)
    }

    /// The credential of this digest, where it is remembered and the memory may be believed.
    pub(super) fn recall(&self, digest: &Digest, now: Duration) -> Option<Arc<Entry>> {
        if self.is_fresh(now) { self.credentials.get(digest) } else { None }
    }

    /// The verification key of this digest; the same rules.
    pub(super) fn recall_caller(&self, digest: &Digest, now: Duration) -> Option<Arc<ApiCaller>> {
        if self.is_fresh(now) { self.callers.get(digest) } else { None }
    }

    /// Remembers a credential, unless what it stands on was forgotten meanwhile.
    pub(super) fn keep(&self, digest: Digest, ticket: Ticket, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        self.keep_in(&self.credentials, digest, ticket, &entry);
        entry
    }

    /// Remembers a verification key; the same rules.
    pub(super) fn keep_caller(&self, digest: Digest, ticket: Ticket, caller: ApiCaller) -> Arc<ApiCaller> {
        let caller = Arc::new(caller);
        self.keep_in(&self.callers, digest, ticket, &caller);
        caller
    }

    /// The client that this digest proved; the same rules.
    pub(super) fn recall_client(&self, digest: &Digest, now: Duration) -> Option<Arc<ProvenClient>> {
        if self.is_fresh(now) { self.clients.get(digest) } else { None }
    }

    /// Remembers a client; the same rules.
    pub(super) fn keep_client(&self, digest: Digest, ticket: Ticket, client: ProvenClient) {
        self.keep_in(&self.clients, digest, ticket, &Arc::new(client));
    }

    /// The token that was issued for a request of this digest; the same rules.
    pub(super) fn recall_issued(&self, digest: &Digest, now: Duration) -> Option<Arc<Issued>> {
        if self.is_fresh(now) { self.issued.get(digest) } else { None }
    }

    /// Remembers a token that was issued; the same rules.
    pub(super) fn keep_issued(&self, digest: Digest, ticket: Ticket, issued: Issued) {
        self.keep_in(&self.issued, digest, ticket, &Arc::new(issued));
    }

    /// The JWT that was made for a gateway's upstream; the same rules.
    pub(super) fn recall_phantom(&self, digest: &Digest, now: Duration) -> Option<Arc<Issued>> {
        if self.is_fresh(now) { self.phantoms.get(digest) } else { None }
    }

    /// Remembers a JWT for a gateway's upstream; the same rules.
    pub(super) fn keep_phantom(&self, digest: Digest, ticket: Ticket, phantom: Issued) -> Arc<Issued> {
        let phantom = Arc::new(phantom);
        self.keep_in(&self.phantoms, digest, ticket, &phantom);
        phantom
    }

    fn keep_in<T: StandsOn>(&self, cache: &Cache<Digest, Arc<T>>, digest: Digest, ticket: Ticket, value: &Arc<T>) {
        // held until the value is in: `forget` either came before and keeps it out, or comes after and drops it
        let forgotten = self.forgotten.read().unwrap_or_else(PoisonError::into_inner);
        if !forgotten.keeps_out(ticket, value.subjects()) {
            cache.insert(digest, Arc::clone(value));
        }
    }

    /// Whether the change log was seen lately enough to believe what is remembered.
    pub(super) fn is_fresh(&self, now: Duration) -> bool {
        millis(now).saturating_sub(self.seen_at_millis.load(Ordering::Acquire)) <= millis(self.max_staleness)
    }

    /// The newest revision seen; `None` before the first look.
    pub(super) fn revision(&self) -> Option<i64> {
        Some(self.revision.load(Ordering::Acquire)).filter(|revision| *revision != NEVER)
    }

    /// The change log was read to this revision, in a look that began at this instant.
    pub(super) fn saw(&self, revision: i64, look_began: Duration) {
        self.revision.fetch_max(revision, Ordering::AcqRel);
        self.seen_at_millis.fetch_max(millis(look_began), Ordering::AcqRel);
    }

    /// The change log counts on from this older revision.
    pub(super) fn starts_anew(&self, revision: i64) {
        self.revision.store(revision, Ordering::Release);
    }

    /// What it can say of itself.
    pub fn stats(&self, now: Duration) -> Stats {
        let age = millis(now).saturating_sub(self.seen_at_millis.load(Ordering::Acquire));
        Stats {
            entries: self.credentials.len(),
            revision: self.revision.load(Ordering::Acquire),
            age: Duration::from_millis(age),
        }
    }
}

fn stands_on_any(value: &impl StandsOn, subjects: &HashSet<Subject>) -> bool {
    value.subjects().iter().any(|subject| subjects.contains(subject))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
