//! What was counted since the last flush. Counting is one atomic addition; the flush drains the counters.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_types::secret::encode_base62;
use latchkey_types::{ApiId, OrgId, Outcome, Timestamp};

use super::SeenNetworks;
use crate::core::Core;
use crate::error::Error;
use crate::ports::{LastUse, SeenNetwork, UsageBatch, UsageRow};
use crate::random::{Random, bits};

const SHARDS: usize = 16;

/// What is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counted {
    /// `key_…` or `app_…`; `None`: no known credential.
    pub credential: Option<String>,
    /// The credential's generation; 0 where it has none.
    pub generation: u32,
    /// Whose credential.
    pub holder: Option<OrgId>,
    /// For which API.
    pub api: ApiId,
    /// Whose API.
    pub api_owner: OrgId,
    /// What it ended in.
    pub outcome: Outcome,
}

/// Counts one thing; cheap to keep and to add to.
#[derive(Debug, Default)]
pub struct Counter(AtomicI64);

impl Counter {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether something was used since the last flush.
#[derive(Debug, Default)]
pub struct Mark(AtomicBool);

impl Mark {
    /// It was.
    pub fn touch(&self) {
        // most calls find it set: a plain read keeps the cache line shared
        if !self.0.load(Ordering::Relaxed) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

type Shard = Mutex<HashMap<Counted, Arc<Counter>>>;

/// What was counted since the last flush.
pub struct Recorder {
    source: String,
    shards: [Shard; SHARDS],
    marks: Mutex<HashMap<String, Arc<Mark>>>,
    networks: Mutex<Networks>,
    unsent: tokio::sync::Mutex<Unsent>,
}

/// The networks that credentials were used from lately.
#[derive(Default)]
struct Networks {
    /// By credential.
    of: HashMap<String, Arc<SeenNetworks>>,
    /// The hour in which they were last forgotten: what is used all the time is noted once an hour.
    hour: Option<Timestamp>,
}

/// The batch that a failed flush left, and the number of the last one that was made.
#[derive(Default)]
struct Unsent {
    batch: Option<UsageBatch>,
    sequence: i64,
}

impl Recorder {
    /// A recorder with a new random source id.
    pub fn new(random: &dyn Random) -> Self {
        Self {
            source: encode_base62(&bits(random)),
            shards: std::array::from_fn(|_| Mutex::default()),
            marks: Mutex::default(),
            networks: Mutex::default(),
            unsent: tokio::sync::Mutex::default(),
        }
    }

    /// The counter of this combination, to keep while it is in use.
    pub fn counter(&self, counted: Counted) -> Arc<Counter> {
        let mut hasher = DefaultHasher::new();
        counted.hash(&mut hasher);
        let shard = usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or(0);
        Arc::clone(unpoisoned(&self.shards[shard]).entry(counted).or_default())
    }

    /// One more of this combination.
    pub fn count(&self, counted: Counted) {
        self.counter(counted).add();
    }

    /// The mark of a `vk_…` or `sec_…`, to keep while it is in use.
    pub fn mark(&self, id: &str) -> Arc<Mark> {
        Arc::clone(unpoisoned(&self.marks).entry(id.to_owned()).or_default())
    }

    /// A `vk_…` or `sec_…` was used. Uses of keys and apps follow from their counts.
    pub fn note_use(&self, id: &str) {
        self.mark(id).touch();
    }

    /// The networks of this credential (`key_…`, `app_…`, `sa_…`), to keep while it is in use.
    pub fn networks(&self, credential: &str) -> Arc<SeenNetworks> {
        Arc::clone(unpoisoned(&self.networks).of.entry(credential.to_owned()).or_default())
    }

    /// Takes the networks that weren't flushed yet.
    fn drain_networks(&self, now: Timestamp) -> Vec<SeenNetwork> {
        let mut networks = unpoisoned(&self.networks);
        let hour = Some(now.floor_to(3_600));
        let is_new_hour = std::mem::replace(&mut networks.hour, hour) != hour;
        let mut found = Vec::new();
        networks.of.retain(|credential, seen| {
            if is_new_hour {
                seen.forget();
            }
            let new = seen.drain();
            let has_new = !new.is_empty();
            found.extend(new.into_iter().map(|network| SeenNetwork {
                credential: credential.clone(),
                network,
                at: now,
            }));
            has_new || is_kept(seen)
        });
        found
    }

    /// Takes what was counted and forgets what nobody keeps any more.
    fn drain(&self, now: Timestamp) -> (Vec<UsageRow>, Vec<LastUse>) {
        let mut rows = Vec::new();
        let mut last_uses: HashMap<(String, u32), Timestamp> = HashMap::new();
        for shard in &self.shards {
            unpoisoned(shard).retain(|counted, counter| {
                let count = counter.0.swap(0, Ordering::Relaxed);
                if count > 0 {
                    if let (Some(credential), Outcome::Valid | Outcome::Issued) = (&counted.credential, counted.outcome)
                    {
                        last_uses.insert((credential.clone(), counted.generation), now);
                    }
                    rows.push(row(counted, now, count));
                }
                count > 0 || is_kept(counter) || counter.0.load(Ordering::Relaxed) > 0
            });
        }
        unpoisoned(&self.marks).retain(|id, mark| {
            let used = mark.0.swap(false, Ordering::Relaxed);
            if used {
                last_uses.insert((id.clone(), 0), now);
            }
            used || is_kept(mark) || mark.0.load(Ordering::Relaxed)
        });
        let last_uses = last_uses.into_iter().map(|((id, generation), at)| LastUse { id, generation, at }).collect();
        (rows, last_uses)
    }
}

fn row(counted: &Counted, now: Timestamp, count: i64) -> UsageRow {
    UsageRow {
        minute: now.floor_to(60),
        credential: counted.credential.clone(),
        generation: counted.generation,
        holder: counted.holder.clone(),
        api: counted.api.clone(),
        api_owner: counted.api_owner.clone(),
        outcome: counted.outcome,
        count,
    }
}

/// Whether somebody else still keeps it. Where nobody does, nobody can get it either while the map is locked, and
/// what the last one added before letting go is visible.
fn is_kept<T>(shared: &Arc<T>) -> bool {
    let kept = Arc::strong_count(shared) > 1;
    fence(Ordering::Acquire);
    kept
}

/// Counting goes on after a panic elsewhere: a counter has no half-written state.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes what was counted since the last flush. What couldn't be written stays and is tried again under the same
/// sequence, so that a batch whose answer was lost isn't counted twice (F-03).
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be written.
pub async fn flush(core: &Core) -> Result<(), Error> {
    let recorder = &core.recorder;
    let mut unsent = recorder.unsent.lock().await;
    if let Some(batch) = &unsent.batch {
        core.store.add_usage(batch).await?;
        unsent.batch = None;
    }
    let (rows, last_uses) = recorder.drain(core.clock.now());
    let networks = recorder.drain_networks(core.clock.now());
    if rows.is_empty() && last_uses.is_empty() && networks.is_empty() {
        return Ok(());
    }
    unsent.sequence += 1;
    let batch = UsageBatch { source: recorder.source.clone(), sequence: unsent.sequence, rows, last_uses, networks };
    // kept before it is sent: a caller who gives up here loses nothing
    core.store.add_usage(unsent.batch.insert(batch)).await?;
    unsent.batch = None;
    Ok(())
}
