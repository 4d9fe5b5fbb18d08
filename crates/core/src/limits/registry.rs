//! The counts of this replica: one cell a limit, shared by all that remember its credential.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cell::Cell;
use super::warning::Warnings;
use super::{Nanos, Rate};

const SHARDS: usize = 16;
/// How many cells are kept that nothing remembered uses and that aren't full. The others can be read back: what was spent
/// stands in the database a moment later.
const IDLE_CELLS: usize = 100_000;

/// The counts of this replica.
#[derive(Debug, Default)]
pub struct Limits {
    shards: [Mutex<HashMap<Arc<str>, Arc<Cell>>>; SHARDS],
    pub(super) warnings: Warnings,
}

impl Limits {
    /// The cell of this limit, where there is one.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Cell>> {
        self.shard(id).get(id).map(Arc::clone)
    }

    /// The cell of this limit to keep while it is in use, running at this rate. A new one begins at `tat`.
    pub(super) fn attach(&self, id: Arc<str>, rate: Rate, tat: Nanos, now: Nanos) -> Arc<Cell> {
        let mut shard = self.shard(&id);
        if let Some(cell) = shard.get(&id) {
            cell.set_rate(rate);
            return Arc::clone(cell);
        }
        let cell = Arc::new(Cell::new(Arc::clone(&id), rate, tat, now));
        shard.insert(id, Arc::clone(&cell));
        cell
    }

    /// Every cell.
    pub(super) fn cells(&self) -> Vec<Arc<Cell>> {
        self.shards.iter().flat_map(|shard| unpoisoned(shard).values().map(Arc::clone).collect::<Vec<_>>()).collect()
    }

    /// Lets go of the cells that nothing remembered uses and that are full, and of more where there are too many.
    pub(super) fn let_go(&self, now: Nanos) {
        for shard in &self.shards {
            let mut shard = unpoisoned(shard);
            let mut idle = 0;
            shard.retain(|_, cell| {
                // under the lock nobody else can come by it
                if Arc::strong_count(cell) > 1 || !cell.is_told() {
                    return true;
                }
                idle += 1;
                !cell.is_full(now) && idle <= IDLE_CELLS / SHARDS
            });
        }
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| unpoisoned(shard).len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, id: &str) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Cell>>> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        unpoisoned(&self.shards[usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or(0)])
    }
}

/// Counting goes on after a panic elsewhere: a map of cells has no half-written state.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Full;
    use crate::limits::gcra::NANOS_A_SECOND;

    const RATE: Rate = Rate { interval: NANOS_A_SECOND, capacity: 10 * NANOS_A_SECOND };
    const NOW: Nanos = 1_800_000_000 * NANOS_A_SECOND;

    #[test]
    fn a_limit_outlives_who_uses_it_until_it_is_full_and_told() {
        let limits = Limits::default();
        let cell = limits.attach("a".into(), RATE, 0, NOW);
        cell.take(RATE, NOW, RATE.increment(3)).unwrap();
        drop(cell);
        limits.let_go(NOW);
        let again = limits.attach("a".into(), RATE, 0, NOW);
        assert_eq!(RATE.remaining(again.tat(), NOW), 7, "still used");
        drop(again);
        limits.let_go(NOW + 3 * NANOS_A_SECOND);
        assert_eq!(limits.len(), 1, "the others don't know yet");
        assert!(limits.find("a").unwrap().untold().is_some());
        limits.let_go(NOW + 2 * NANOS_A_SECOND);
        assert_eq!(limits.len(), 1, "not full yet");
        limits.let_go(NOW + 3 * NANOS_A_SECOND);
        assert!(limits.is_empty());
    }

    #[test]
    fn another_number_is_the_same_limit() {
        let limits = Limits::default();
        let before = limits.attach("a".into(), RATE, 0, NOW);
        before.take(RATE, NOW, RATE.increment(5)).unwrap();
        let half = Rate { interval: 2 * NANOS_A_SECOND, capacity: 10 * NANOS_A_SECOND };
        let changed = limits.attach("a".into(), half, 0, NOW);
        assert_eq!(half.remaining(changed.tat(), NOW), 2, "half of 5");
        // a call that began before the change counts on the same, and so does who reads the old number late
        before.take(RATE, NOW, RATE.increment(1)).unwrap();
        let late = limits.attach("a".into(), RATE, 0, NOW);
        late.take(RATE, NOW, RATE.increment(4)).unwrap();
        assert_eq!(changed.take(half, NOW, half.increment(1)), Err(Full));
        assert_eq!(
            limits.find("a").unwrap().untold().unwrap().spent,
            RATE.increment(10),
            "the others hear of all of it"
        );
        assert_eq!(changed.untold(), None);
    }

    #[test]
    fn parallel_calls_take_no_more_than_there_is() {
        let limits = Limits::default();
        let cell = limits.attach("a".into(), RATE, 0, NOW);
        let taken: usize = std::thread::scope(|scope| {
            let calls = || (0..1_000).filter(|_| cell.take(RATE, NOW, RATE.increment(1)).is_ok()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(calls)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 10);
        assert_eq!(cell.untold().unwrap().spent, RATE.capacity);
    }

    #[test]
    fn idle_cells_are_bounded() {
        let limits = Limits::default();
        for number in 0..IDLE_CELLS + 10_000 {
            limits.attach(number.to_string().into(), RATE, NOW + NANOS_A_SECOND, NOW);
        }
        limits.let_go(NOW);
        assert!(limits.len() <= IDLE_CELLS, "{}", limits.len());
        limits.let_go(NOW + NANOS_A_SECOND);
        assert!(limits.is_empty());
    }
}
