use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use latchkey_jose::{PublicKey, SigningKey};

use super::SigningAlg;

/// The signing keys of this moment, opened, in memory. Replaced as a whole when a change of a signing key is seen.
#[derive(Default)]
pub struct Keyring {
    ring: RwLock<Option<Arc<Ring>>>,
    /// Counts what was seen to change; a ring holds while it is of the newest count.
    wanted: AtomicU64,
    /// One load at a time.
    pub(super) loading: tokio::sync::Mutex<()>,
}

/// The signing keys as they were read at one moment.
pub struct Ring {
    pub(super) version: u64,
    pub(super) active: HashMap<SigningAlg, SigningKey>,
    /// All keys that aren't revoked, oldest first.
    pub(super) published: Vec<PublicKey>,
    pub(super) by_kid: HashMap<String, PublicKey>,
}

impl Keyring {
    /// The keys are to be read anew before they are used again.
    pub fn mark_stale(&self) {
        self.wanted.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether the keys are to be read anew, or were never read.
    pub fn is_stale(&self) -> bool {
        self.fresh().is_none()
    }

    /// The keys, where nothing was seen to change since they were read.
    pub(super) fn fresh(&self) -> Option<Arc<Ring>> {
        let wanted = self.wanted();
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.as_ref().filter(|ring| ring.version == wanted).cloned()
    }

    /// To note before the rows are read: what changes later is then seen to be newer than the ring.
    pub(super) fn wanted(&self) -> u64 {
        self.wanted.load(Ordering::SeqCst)
    }

    pub(super) fn replace(&self, ring: Ring) -> Arc<Ring> {
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ring));
        ring
    }
}

impl Ring {
    /// The key that signs with this algorithm; `None` where no API has chosen it yet.
    pub fn active(&self, alg: SigningAlg) -> Option<&SigningKey> {
        self.active.get(&alg)
    }

    /// The public key of this `kid`: of a `next`, `active` or `retired` key, not of a revoked one.
    pub fn public(&self, kid: &str) -> Option<&PublicKey> {
        self.by_kid.get(kid)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let active: Vec<&str> = self.active.values().map(SigningKey::kid).collect();
        write!(f, "Ring({active:?}, {} published)", self.published.len())
    }
}
