//! Replicas tell each other through the database what they counted by themselves, several times a second.

use std::sync::Arc;

use super::cell::Cell;
use super::gcra::NANOS_A_SECOND;
use super::{Nanos, nanos, warning};
use crate::core::Core;
use crate::error::Error;
use crate::ports::LocalUse;

/// How many limits are told of in one transaction.
const BATCH: usize = 200;
/// How far back a look at what others said goes: replicas' clocks differ, and a look may be late.
const LOOK_BACK: Nanos = 5 * NANOS_A_SECOND;
/// How long rows of limits that are full again stay: a replica whose clock is late may still count on them.
const FULL_KEPT: Nanos = 3_600 * NANOS_A_SECOND;
/// How long warnings stay noted, in days: so that no replica whose clock is late warns again.
const WARNING_DAYS_KEPT: i64 = 2;

/// Tells what was counted here, learns what was counted elsewhere, and writes the warnings that wait. The job calls it
/// several times a second.
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be asked: each replica goes on counting by itself, and tells later.
pub async fn reconcile(core: &Core) -> Result<(), Error> {
    let now = nanos(core.clock.now());
    if !core.limits.is_empty() {
        tell_all(core, now).await?;
        for (id, together) in core.store.limits_since(now - LOOK_BACK).await? {
            if let Some(cell) = core.limits.find(&id) {
                cell.adopt(together, now);
            }
        }
        core.limits.let_go(now);
    }
    warning::write(core).await
}

async fn tell_all(core: &Core, now: Nanos) -> Result<(), Error> {
    let cells = core.limits.cells();
    let mut untold: Vec<Untold<'_>> = cells.iter().filter_map(Untold::of).collect();
    // all replicas in one order, so that no two wait for each other
    untold.sort_unstable_by(|one, other| one.of.id.cmp(&other.of.id));
    while !untold.is_empty() {
        let rest = untold.split_off(untold.len().min(BATCH));
        tell(core, std::mem::replace(&mut untold, rest), now).await?;
    }
    Ok(())
}

async fn tell(core: &Core, untold: Vec<Untold<'_>>, now: Nanos) -> Result<(), Error> {
    let uses: Vec<LocalUse> = untold.iter().map(|untold| untold.of.clone()).collect();
    let together = core.store.add_local_uses(&uses, now).await?;
    for (untold, together) in untold.into_iter().zip(together) {
        untold.was_told(together, now);
    }
    Ok(())
}

/// What was counted here and not told yet. Dropped, it waits for the next time; where the answer alone was lost it counts
/// twice then, which is the strict side.
struct Untold<'a> {
    cell: &'a Cell,
    of: LocalUse,
    is_told: bool,
}

impl<'a> Untold<'a> {
    fn of(cell: &'a Arc<Cell>) -> Option<Self> {
        cell.untold().map(|of| Self { cell, of, is_told: false })
    }

    fn was_told(mut self, together: Nanos, now: Nanos) {
        self.is_told = true;
        self.cell.was_told(now);
        self.cell.adopt(together, now);
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.cell.not_told(self.of.spent);
        }
    }
}

/// Forgets limits that are full and warnings of days past.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn reap(core: &Core) -> Result<(), Error> {
    core.store.delete_full_limits(nanos(core.clock.now()) - FULL_KEPT).await?;
    core.store.delete_limit_warnings_before(warning::today(core) - WARNING_DAYS_KEPT).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{LimitMode, OnUnknown, Rate, RateLimit};
    use super::*;

    /// The statement of `LimitStore::add_local_uses` (the stores' conformance suite holds it to this).
    fn add(row: Option<Nanos>, local: &LocalUse, now: Nanos) -> Nanos {
        let Some(row) = row else { return local.tat.max(now) };
        (row.max(local.since) + local.spent).min(local.rate.ceiling(now)).max(local.rate.live(local.tat, now))
    }

    struct Replicas {
        cells: Vec<Arc<Cell>>,
        row: Option<Nanos>,
    }

    impl Replicas {
        fn new(rate: Rate, count: usize, now: Nanos) -> Self {
            let cell = |_| Arc::new(Cell::new("a".into(), rate, 0, now));
            Self { cells: (0..count).map(cell).collect(), row: None }
        }

        fn reconcile(&mut self, now: Nanos) {
            for cell in &self.cells {
                if let Some(untold) = Untold::of(cell) {
                    let together = add(self.row, &untold.of, now);
                    self.row = Some(together);
                    untold.was_told(together, now);
                }
            }
            for cell in &self.cells {
                cell.adopt(self.row.unwrap_or_default(), now);
            }
        }
    }

    const TICK: Nanos = NANOS_A_SECOND / 4;
    const START: Nanos = 1_800_000_000 * NANOS_A_SECOND;

    fn rate(limit: i64, window_seconds: i64) -> Rate {
        Rate::of(&RateLimit {
            name: String::new(),
            limit,
            window_seconds,
            mode: LimitMode::Local,
            on_unknown: OnUnknown::Refuse,
        })
    }

    proptest! {
        /// The bound of docs/limits.md: over any time no more gets through than an exact limit lets through, and for every
        /// other replica what one of them lets through between two reconciliations.
        #[test]
        fn several_replicas_exceed_the_limit_by_what_they_cannot_know(
            limit in 1_i64..200, window in 1_i64..20, replicas in 1_usize..5,
            calls in proptest::collection::vec((0_i64..TICK / 2, 0_usize..5), 1..2_000),
        ) {
            let rate = rate(limit, window);
            let mut all = Replicas::new(rate, replicas, START);
            let (mut now, mut next_tick) = (START, START + TICK);
            let (mut through, mut most_in_a_tick, mut in_tick) = (0, 0, vec![0; replicas]);
            for (pause, replica) in calls {
                now += pause;
                while next_tick <= now {
                    all.reconcile(next_tick);
                    next_tick += TICK;
                    in_tick.fill(0);
                }
                let replica = replica % replicas;
                if all.cells[replica].take(rate, now, rate.interval).is_ok() {
                    through += 1;
                    in_tick[replica] += 1;
                    most_in_a_tick = most_in_a_tick.max(in_tick[replica]);
                }
                let others = i64::try_from(replicas - 1).unwrap();
                let bound = limit + (now - START) / rate.interval + others * most_in_a_tick;
                prop_assert!(through <= bound, "{through} of {bound}");
                prop_assert!(most_in_a_tick <= limit + TICK / rate.interval + 1);
            }
        }

        /// One alone is as exact as the algorithm, however often it reconciles.
        #[test]
        fn a_single_replica_is_exact(
            limit in 1_i64..50, window in 1_i64..20,
            calls in proptest::collection::vec((0_i64..TICK, 0_u32..4), 1..500),
        ) {
            let rate = rate(limit, window);
            let mut alone = Replicas::new(rate, 1, START);
            let (mut now, mut next_tick, mut tat) = (START, START + TICK, 0);
            for (pause, cost) in calls {
                now += pause;
                while next_tick <= now {
                    alone.reconcile(next_tick);
                    next_tick += TICK;
                }
                let expected = rate.take(tat, now, rate.increment(cost));
                let taken = alone.cells[0].take(rate, now, rate.increment(cost));
                prop_assert_eq!(taken, expected);
                if cost > 0 {
                    tat = expected.unwrap_or(tat);
                }
            }
        }
    }

    /// Four replicas under three times the load that fits: what gets through in the long run is what fits.
    #[test]
    fn debts_are_paid_back() {
        let rate = rate(100, 10);
        let mut all = Replicas::new(rate, 4, START);
        let mut through = [0_i64; 2];
        for step in 0..60_000_i64 {
            // 600 s, a call each 10 ms on every replica: 400 a second where 10 fit
            let now = START + step * 10_000_000;
            if now % TICK == 0 {
                all.reconcile(now);
            }
            let half = usize::from(step >= 30_000);
            for cell in &all.cells {
                through[half] += i64::from(cell.take(rate, now, rate.interval).is_ok());
            }
        }
        // the first burst comes on top: 100, and 25 calls a tick on each of three others
        assert!((3_000..=3_000 + 100 + 75).contains(&through[0]), "{through:?}");
        assert!((2_950..=3_010).contains(&through[1]), "{through:?}");
    }

    #[test]
    fn what_could_not_be_told_waits() {
        let rate = rate(10, 10);
        let cell = Arc::new(Cell::new("a".into(), rate, 0, START));
        cell.take(rate, START, rate.increment(3)).unwrap();
        drop(Untold::of(&cell).unwrap());
        assert_eq!(Untold::of(&cell).unwrap().of.spent, rate.increment(3));
        let untold = Untold::of(&cell).unwrap();
        cell.give_back(rate.increment(1));
        untold.was_told(START + rate.increment(3), START);
        assert_eq!(cell.untold().unwrap().spent, -rate.increment(1), "given back after it was told");
    }
}
