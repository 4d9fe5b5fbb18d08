//! A local limit's count on this replica. It outlives the cache entries that use it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Full, Nanos, Rate};
use crate::ports::LocalUse;

/// A local limit's count. Lock-free: a call is two atomic additions. The same limit with another number goes on in the same
/// cell, whoever still counts by the old one: what is used stays used, and nothing is counted apart.
#[derive(Debug)]
pub(super) struct Cell {
    id: Arc<str>,
    /// The latest number that was heard of: what the others are told. A call brings its own.
    rate: Mutex<Rate>,
    /// The theoretical arrival time.
    tat: AtomicI64,
    /// What was spent since the others were told.
    spent: AtomicI64,
    /// When the others were told.
    told_at: AtomicI64,
}

impl Cell {
    pub(super) fn new(id: Arc<str>, rate: Rate, tat: Nanos, now: Nanos) -> Self {
        let (tat, spent, told_at) = (AtomicI64::new(tat), AtomicI64::new(0), AtomicI64::new(now));
        Self { id, rate: Mutex::new(rate), tat, spent, told_at }
    }

    /// From now on it has this number.
    pub(super) fn set_rate(&self, rate: Rate) {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner) = rate;
    }

    fn rate(&self) -> Rate {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tat(&self) -> Nanos {
        self.tat.load(Ordering::Acquire)
    }

    /// Spends where it fits. Answers the theoretical arrival time then.
    pub(super) fn take(&self, rate: Rate, now: Nanos, increment: Nanos) -> Result<Nanos, Full> {
        let mut tat = self.tat();
        let mut after = rate.take(tat, now, increment)?;
        if increment == 0 {
            return Ok(after);
        }
        // noted before it is spent: what `Self::untold` sees in `tat` it sees in `spent` too
        self.spent.fetch_add(increment, Ordering::AcqRel);
        while let Err(other) = self.tat.compare_exchange_weak(tat, after, Ordering::AcqRel, Ordering::Acquire) {
            tat = other;
            after = match rate.take(tat, now, increment) {
                Ok(after) => after,
                Err(full) => {
                    self.spent.fetch_sub(increment, Ordering::AcqRel);
                    return Err(full);
                }
            };
        }
        Ok(after)
    }

    /// Undoes [`Self::take`].
    pub(super) fn give_back(&self, increment: Nanos) {
        self.tat.fetch_sub(increment, Ordering::AcqRel);
        self.spent.fetch_sub(increment, Ordering::AcqRel);
    }

    /// What was spent since the others were told, where anything was. Belongs to whoever takes it: it is told, or
    /// [`Self::not_told`].
    pub(super) fn untold(&self) -> Option<LocalUse> {
        let tat = self.tat();
        let spent = self.spent.swap(0, Ordering::AcqRel);
        let since = self.told_at.load(Ordering::Acquire);
        (spent != 0).then(|| LocalUse { id: Arc::clone(&self.id), rate: self.rate(), since, spent, tat })
    }

    /// The others could not be told.
    pub(super) fn not_told(&self, spent: Nanos) {
        self.spent.fetch_add(spent, Ordering::AcqRel);
    }

    /// The others were told, in a look that began at this instant.
    pub(super) fn was_told(&self, at: Nanos) {
        self.told_at.store(at, Ordering::Release);
    }

    /// What all replicas together had used lies here; what was spent since comes on top.
    pub(super) fn adopt(&self, together: Nanos, now: Nanos) {
        let ceiling = self.rate().ceiling(now);
        let mut tat = self.tat();
        loop {
            let on_top = together.saturating_add(self.spent.load(Ordering::Acquire));
            let after = tat.max(on_top.min(ceiling));
            if after == tat {
                return;
            }
            match self.tat.compare_exchange_weak(tat, after, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(other) => tat = other,
            }
        }
    }

    /// Whether nothing would be lost with it: all of it is there, and the others know all.
    pub(super) fn is_full(&self, now: Nanos) -> bool {
        self.is_told() && self.tat() <= now
    }

    /// Whether the others know all that was spent here.
    pub(super) fn is_told(&self) -> bool {
        self.spent.load(Ordering::Acquire) == 0
    }
}
