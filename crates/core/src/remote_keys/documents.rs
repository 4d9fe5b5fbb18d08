//! Documents that are fetched, each kept under a name: its address, or the issuer that it describes.
//!
//! A good answer holds for [`FRESH_SECONDS`], then it is fetched anew. Where that fails the old one holds on, until it is
//! [`STALE_SECONDS`] old: an outage of the other party is not ours, but a key that it withdrew must end some time. However
//! many ask, and for whatever, an address is fetched by one at a time, and [`REFETCH_SECONDS`] apart, failures included.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use url::Url;

use super::RemoteKeysError;
use crate::core::Core;
use crate::ports::{FetchError, Fetcher};

/// How long a good answer isn't asked for again, in seconds.
pub const FRESH_SECONDS: u64 = 5 * 60;
/// How old an answer may become while nothing newer can be had, in seconds.
pub const STALE_SECONDS: u64 = 60 * 60;
/// How long an address isn't asked again, whatever it answered, in seconds.
pub const REFETCH_SECONDS: u64 = 30;

const FRESH: Duration = Duration::from_secs(FRESH_SECONDS);
const STALE: Duration = Duration::from_secs(STALE_SECONDS);
const REFETCH: Duration = Duration::from_secs(REFETCH_SECONDS);

/// How many addresses are expected, and how many keys (a key is 1 KiB at most) are kept at most in all.
const ADDRESSES: usize = 256;
const KEYS: u64 = 20_000;
/// How many addresses are asked at once.
const AT_ONCE: usize = 64;

/// Documents of one kind.
pub(super) struct Documents<T> {
    kept: Arc<Cache<String, Entry<T>, ByWeight>>,
    at_once: Arc<Semaphore>,
}

/// What is known of one address.
struct Kept<T> {
    /// Whoever holds it fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    /// The last good answer, and when it came.
    answer: Option<(Arc<T>, Duration)>,
    /// When it was last asked for.
    asked_at: Option<Duration>,
    /// Why that failed, if it did.
    failure: Option<RemoteKeysError>,
}

/// What a document takes in memory, roughly, in keys.
pub(super) trait Weight {
    fn weight(&self) -> u64;
}

/// What is known of one address, with its weight when it was put into the cache, which must not change there.
struct Entry<T> {
    kept: Arc<Kept<T>>,
    weight: u64,
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self { kept: Arc::clone(&self.kept), weight: self.weight }
    }
}

#[derive(Clone)]
struct ByWeight;

impl<T> Weighter<String, Entry<T>> for ByWeight {
    fn weight(&self, _: &String, entry: &Entry<T>) -> u64 {
        entry.weight
    }
}

/// What to do about a question.
enum Next<T> {
    Answer(Result<Arc<T>, RemoteKeysError>),
    /// Fetch; what there is meanwhile, if it would do.
    Fetch(Option<Arc<T>>),
}

impl<T: Weight + Send + Sync + 'static> Documents<T> {
    pub(super) fn new() -> Self {
        let kept = Cache::with_weighter(ADDRESSES, KEYS, ByWeight);
        Self { kept: Arc::new(kept), at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The document at this address, as `read` reads it; kept under `name`, which says what it must be. One that isn't
    /// `enough` is asked for anew, where that may be.
    pub(super) async fn get(
        &self,
        core: &Core,
        name: &str,
        url: &str,
        is_enough: impl Fn(&T) -> bool,
        read: impl Fn(&[u8]) -> Result<T, RemoteKeysError> + Send + 'static,
    ) -> Result<Arc<T>, RemoteKeysError> {
        let address = Url::parse(url).map_err(|_| RemoteKeysError::NotAUrl)?;
        let kept = self.known_of(name);
        let meanwhile = match kept.next(core.clock.monotonic(), &is_enough) {
            Next::Answer(answer) => return answer,
            Next::Fetch(meanwhile) => meanwhile,
        };
        let turn = match (Arc::clone(&kept.turn).try_lock_owned(), meanwhile) {
            (Ok(turn), _) => turn,
            // somebody fetches already, and what there is will do until then
            (Err(_), Some(meanwhile)) => return Ok(meanwhile),
            (Err(_), None) => Arc::clone(&kept.turn).lock_owned().await,
        };
        let now = core.clock.monotonic();
        if let Next::Answer(answer) = kept.next(now, &is_enough) {
            return answer;
        }
        let Ok(permit) = Arc::clone(&self.at_once).try_acquire_owned() else { return Err(RemoteKeysError::Busy) };
        // in a task of its own: a client that hangs up neither ends the fetch for the others nor starts one after the other
        let fetch = Arc::clone(&kept).fetch(turn, Arc::clone(&core.fetcher), address, read, now);
        let (cache, entry, name) = (Arc::clone(&self.kept), Arc::clone(&kept), name.to_owned());
        let fetched = tokio::spawn(async move {
            let _permit = permit;
            fetch.await;
            // with its new weight
            cache.insert(name, Entry { weight: entry.weight(), kept: entry });
        });
        // a fetch that failed left its failure where the next question finds it
        let _ = fetched.await;
        match kept.next(now, &is_enough) {
            Next::Answer(answer) => answer,
            Next::Fetch(_) => Err(FetchError::NoAnswer.into()),
        }
    }

    fn known_of(&self, name: &str) -> Arc<Kept<T>> {
        let new = || Ok::<_, Infallible>(Entry { kept: Arc::new(Kept::new()), weight: 1 });
        let Ok(entry) = self.kept.get_or_insert_with(name, new);
        entry.kept
    }
}

impl<T: Weight> Kept<T> {
    fn weight(&self) -> u64 {
        self.known().answer.as_ref().map_or(1, |(answer, _)| answer.weight().max(1))
    }
}

impl<T> Kept<T> {
    fn new() -> Self {
        let known = Known { answer: None, asked_at: None, failure: None };
        Self { turn: Arc::default(), known: Mutex::new(known) }
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, now: Duration, is_enough: impl Fn(&T) -> bool) -> Next<T> {
        let known = self.known();
        let age_of = |at: Duration| now.saturating_sub(at);
        let usable = known.answer.as_ref().filter(|(_, at)| age_of(*at) < STALE);
        if let Some((answer, at)) = usable
            && age_of(*at) < FRESH
            && is_enough(answer)
        {
            return Next::Answer(Ok(Arc::clone(answer)));
        }
        if known.asked_at.is_none_or(|at| age_of(at) >= REFETCH) {
            return Next::Fetch(usable.map(|(answer, _)| answer).filter(|answer| is_enough(answer)).cloned());
        }
        let failure = known.failure.unwrap_or(RemoteKeysError::Fetch(FetchError::NoAnswer));
        Next::Answer(usable.map(|(answer, _)| Arc::clone(answer)).ok_or(failure))
    }

    /// Fetches, and notes what came of it.
    async fn fetch(
        self: Arc<Self>,
        turn: OwnedMutexGuard<()>,
        fetcher: Arc<dyn Fetcher>,
        address: Url,
        read: impl Fn(&[u8]) -> Result<T, RemoteKeysError>,
        now: Duration,
    ) {
        self.known().asked_at = Some(now);
        let fetched = fetcher.get(&address).await.map_err(RemoteKeysError::from);
        match fetched.and_then(|bytes| read(&bytes)) {
            Ok(document) => {
                let answer = Some((Arc::new(document), now));
                *self.known() = Known { answer, asked_at: Some(now), failure: None };
            }
            Err(failure) => {
                let host = address.host_str().unwrap_or_default();
                tracing::warn!(host, path = address.path(), error = %failure, "the keys of another party can't be had");
                self.known().failure = Some(failure);
            }
        }
        drop(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(answered_at: Option<u64>, asked_at: Option<u64>) -> Kept<u8> {
        let kept = Kept::new();
        *kept.known() = Known {
            answer: answered_at.map(|at| (Arc::new(7), Duration::from_secs(at))),
            asked_at: asked_at.map(Duration::from_secs),
            failure: Some(RemoteKeysError::NotDiscovery),
        };
        kept
    }

    fn next(kept: &Kept<u8>, now: u64, is_enough: bool) -> &'static str {
        match kept.next(Duration::from_secs(now), |_| is_enough) {
            Next::Answer(Ok(_)) => "answer",
            Next::Answer(Err(RemoteKeysError::NotDiscovery)) => "failure",
            Next::Answer(Err(_)) => "other",
            Next::Fetch(None) => "fetch",
            Next::Fetch(Some(_)) => "fetch, or what there is",
        }
    }

    // F-30: each bound, on both of its sides
    #[test]
    fn when_an_address_is_asked() {
        let never = known(None, None);
        assert_eq!(next(&never, 0, true), "fetch");
        let failed = known(None, Some(100));
        assert_eq!(next(&failed, 129, true), "failure");
        assert_eq!(next(&failed, 130, true), "fetch");
        let good = known(Some(0), Some(0));
        assert_eq!(next(&good, 299, true), "answer");
        assert_eq!(next(&good, 300, true), "fetch, or what there is");
        assert_eq!(next(&good, 3_599, true), "fetch, or what there is");
        assert_eq!(next(&good, 3_600, true), "fetch");
        // without the key that is wanted
        assert_eq!(next(&good, 29, false), "answer");
        assert_eq!(next(&good, 30, false), "fetch");
        let outage = known(Some(0), Some(3_590));
        assert_eq!(next(&outage, 3_599, true), "answer");
        assert_eq!(next(&outage, 3_600, true), "failure");
    }
}
