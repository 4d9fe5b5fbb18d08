//! The generic cell rate algorithm (ITU-T I.371, as a virtual scheduling algorithm), in whole nanoseconds.
//!
//! One number says all: the theoretical arrival time (TAT), when the bucket will be full again. A call of cost `n` moves
//! it by `n` emission intervals, and fits where it then lies no more than the capacity ahead of now.

use super::RateLimit;

/// Nanoseconds since 1970 (until the year 2262), or a length of time.
pub type Nanos = i64;

pub(crate) const NANOS_A_SECOND: i64 = 1_000_000_000;
pub(crate) const NANOS_A_MILLI: i64 = 1_000_000;
/// How many windows of debt a limit keeps. Replicas that counted apart may together have let more through than fits: that
/// is paid back.
const MOST_WINDOWS_OF_DEBT: i64 = 8;
/// A TAT further ahead than any debt comes from a clock that was set back, and must not lock anybody out: it counts as now.
const STRAY_WINDOWS: i64 = 2 * MOST_WINDOWS_OF_DEBT;

/// What of a limit the algorithm needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The emission interval: how long it takes until one more is there.
    pub interval: Nanos,
    /// How far the TAT may lie ahead: `limit` intervals. The interval is rounded up, so that this is the window or, by less
    /// than a thousandth, more.
    pub capacity: Nanos,
}

/// A call that doesn't fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Rate {
    /// Of a limit that was checked.
    pub fn of(limit: &RateLimit) -> Self {
        let window = limit.window_seconds.saturating_mul(NANOS_A_SECOND);
        let most = limit.limit.max(1);
        let interval = window / most + i64::from(window % most != 0);
        let interval = interval.max(1);
        Self { interval, capacity: interval.saturating_mul(most) }
    }

    /// What a call of this cost takes.
    pub fn increment(self, cost: u32) -> Nanos {
        self.interval.saturating_mul(i64::from(cost))
    }

    /// The TAT as it counts now: never before now, and now where it is stray.
    pub fn live(self, tat: Nanos, now: Nanos) -> Nanos {
        if tat > self.stray(now) { now } else { tat.max(now) }
    }

    /// From where on a TAT is stray.
    pub fn stray(self, now: Nanos) -> Nanos {
        now.saturating_add(self.capacity.saturating_mul(STRAY_WINDOWS))
    }

    /// The furthest that debt puts a TAT.
    pub fn ceiling(self, now: Nanos) -> Nanos {
        now.saturating_add(self.capacity.saturating_mul(MOST_WINDOWS_OF_DEBT))
    }

    /// The TAT after a call.
    ///
    /// # Errors
    /// [`Full`] where it doesn't fit. What costs nothing always does.
    pub fn take(self, tat: Nanos, now: Nanos, increment: Nanos) -> Result<Nanos, Full> {
        let after = self.live(tat, now).saturating_add(increment);
        if increment > 0 && after > now.saturating_add(self.capacity) { Err(Full) } else { Ok(after) }
    }

    /// How much is left.
    pub fn remaining(self, tat: Nanos, now: Nanos) -> i64 {
        (now.saturating_add(self.capacity) - self.live(tat, now)).max(0) / self.interval
    }

    /// When all of it is there again, in seconds, rounded up.
    pub fn reset_seconds(self, tat: Nanos, now: Nanos) -> i64 {
        seconds(self.live(tat, now) - now)
    }

    /// When a call fits, in seconds, rounded up; 0: now. What is more than the whole limit never fits: the reset is what
    /// can be said.
    pub fn retry_after_seconds(self, tat: Nanos, now: Nanos, increment: Nanos) -> i64 {
        if increment > self.capacity {
            return self.reset_seconds(tat, now).max(1);
        }
        seconds(self.live(tat, now).saturating_add(increment) - now.saturating_add(self.capacity))
    }
}

/// Whole seconds, rounded up; none for what is over.
pub(super) fn seconds(nanos: Nanos) -> i64 {
    let nanos = nanos.max(0);
    nanos / NANOS_A_SECOND + i64::from(nanos % NANOS_A_SECOND != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{LimitMode, OnUnknown};

    fn limit(limit: i64, window_seconds: i64) -> RateLimit {
        RateLimit {
            name: "test".to_owned(),
            limit,
            window_seconds,
            mode: LimitMode::Local,
            on_unknown: OnUnknown::Refuse,
        }
    }

    /// What the algorithm is to do, said another way: a bucket with exact fractions, in units of 1 / `interval`.
    struct Bucket {
        rate: Rate,
        /// How much is in it, in nanoseconds of refilling.
        level: i128,
        at: Nanos,
    }

    impl Bucket {
        fn take(&mut self, now: Nanos, cost: u32) -> bool {
            let elapsed = i128::from(now - self.at);
            self.at = now;
            self.level = (self.level + elapsed).min(i128::from(self.rate.capacity));
            let needed = i128::from(self.rate.interval) * i128::from(cost);
            let fits = needed <= self.level;
            if fits {
                self.level -= needed;
            }
            fits
        }

        fn remaining(&self) -> i128 {
            self.level / i128::from(self.rate.interval)
        }
    }

    proptest! {
        #[test]
        fn it_is_a_bucket_that_refills_evenly(
            most in 1_i64..2_000, window in 1_i64..100_000,
            calls in proptest::collection::vec((0_i64..5_000_000_000, 0_u32..300), 1..200),
        ) {
            let rate = Rate::of(&limit(most, window));
            let mut now = 1_800_000_000 * NANOS_A_SECOND;
            let mut bucket = Bucket { rate, level: i128::from(rate.capacity), at: now };
            let mut tat = 0;
            for (pause, cost) in calls {
                now += pause;
                let taken = rate.take(tat, now, rate.increment(cost));
                prop_assert_eq!(taken.is_ok(), bucket.take(now, cost));
                if let Ok(after) = taken {
                    tat = after;
                } else {
                    // exactly as long as it says, in whole seconds
                    let wait = rate.retry_after_seconds(tat, now, rate.increment(cost));
                    prop_assert!(wait > 0);
                    if i64::from(cost) <= most {
                        prop_assert!(rate.take(tat, now + wait * NANOS_A_SECOND, rate.increment(cost)).is_ok());
                        prop_assert!(rate.take(tat, now + (wait - 1) * NANOS_A_SECOND, rate.increment(cost)).is_err());
                    }
                }
                prop_assert_eq!(i128::from(rate.remaining(tat, now)), bucket.remaining());
                let reset = rate.reset_seconds(tat, now);
                prop_assert_eq!(rate.remaining(tat, now + reset * NANOS_A_SECOND), most);
            }
        }

        /// Whatever the bounds, the whole limit fits at once, one more doesn't, and nothing overflows.
        #[test]
        fn the_burst_is_the_limit(most in 1_i64..=1_000_000, window in 1_i64..=31_622_400, cost in 0_u32..=1_000_000) {
            let rate = Rate::of(&limit(most, window));
            let now = 4_000_000_000 * NANOS_A_SECOND;
            let full = rate.take(0, now, rate.increment(u32::try_from(most).unwrap())).unwrap();
            prop_assert_eq!(rate.remaining(full, now), 0);
            prop_assert_eq!(rate.take(full, now, rate.increment(1)), Err(Full));
            prop_assert_eq!(rate.take(0, now, rate.increment(cost)).is_ok(), i64::from(cost) <= most);
            prop_assert!(rate.capacity - window * NANOS_A_SECOND < most, "rounded up by less than one each");
        }
    }

    #[test]
    fn what_costs_nothing_fits_even_with_debt() {
        let rate = Rate::of(&limit(10, 10));
        let now = NANOS_A_SECOND;
        assert_eq!(rate.take(now + rate.capacity * 3, now, 0), Ok(now + rate.capacity * 3));
        assert_eq!(rate.remaining(now + rate.capacity * 3, now), 0);
    }

    // a machine's clock was a year ahead, and is set right
    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out_for_ever() {
        let rate = Rate::of(&limit(10, 60));
        let now = 1_800_000_000 * NANOS_A_SECOND;
        let stray = now + 365 * 86_400 * NANOS_A_SECOND;
        assert!(rate.take(stray, now, rate.increment(10)).is_ok());
        // what replicas owe is no stray
        assert_eq!(rate.take(rate.ceiling(now), now, rate.increment(1)), Err(Full));
    }
}
