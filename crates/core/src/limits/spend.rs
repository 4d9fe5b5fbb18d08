//! One call: all limits and credits have room and are spent, or nothing is.

use std::sync::Arc;

use latchkey_types::{Outcome, Timestamp};

use super::budget::{Budget, CountedBy, Limited};
use super::gcra::seconds;
use super::{CreditsLeft, LimitState, Nanos, nanos};
use crate::apps::day_of;
use crate::core::Core;
use crate::error::Error;
use crate::ports::{CreditPool, Exhausted, Spend, Standing};

/// What became of a call's cost.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// `RateLimited` or `CreditsExhausted`; nothing was spent then.
    pub(crate) refusal: Option<Outcome>,
    /// The limits that apply.
    pub(crate) rate_limits: Vec<LimitState>,
    /// The credits that are left: of several pools the fewest.
    pub(crate) credits_remaining: Option<i64>,
    /// Where credits refused: in how many seconds refills let such a call through, where they do.
    pub(crate) credits_back_in_seconds: Option<i64>,
}

/// Spends the cost of a call, 0 to look only. Local limits come first, so that a call that they refuse writes nothing.
///
/// # Errors
/// [`Error::Unavailable`] where an `exact` limit or credits that refuse what is unknown can't be counted.
pub(crate) async fn spend(core: &Core, budget: &Budget, cost: u32) -> Result<Spent, Error> {
    let at = core.clock.now();
    let now = nanos(at);
    let fits_here = take_here(&budget.limits, now, cost);
    if budget.counters.limits.is_empty() && budget.counters.pools.is_empty() {
        return Ok(told(core, budget, at, cost, (!fits_here).then_some(Outcome::RateLimited), None));
    }
    let spend = Spend { counters: Arc::clone(&budget.counters), cost: if fits_here { cost } else { 0 }, now: at };
    let standing = match core.store.spend(spend).await {
        Ok(standing) => Some(standing),
        // what local limits refuse is refused, whatever the others say
        Err(_) if !fits_here => None,
        Err(error) if budget.allows_unknown => {
            tracing::debug!(%error, "a call is let through uncounted: its limits can't be asked");
            None
        }
        Err(error) => {
            give_back(&budget.limits, cost);
            return Err(Error::Unavailable(Box::new(error)));
        }
    };
    let refusal = match standing.as_ref().and_then(|standing| standing.exhausted) {
        _ if !fits_here => Some(Outcome::RateLimited),
        None => None,
        Some(exhausted) => {
            give_back(&budget.limits, cost);
            Some(match exhausted {
                Exhausted::Limit => Outcome::RateLimited,
                Exhausted::Credits => Outcome::CreditsExhausted,
            })
        }
    };
    Ok(told(core, budget, at, cost, refusal, standing.as_ref()))
}

/// Spends of all limits that this replica counts, or of none.
fn take_here(limits: &[Limited], now: Nanos, cost: u32) -> bool {
    for (position, limited) in limits.iter().enumerate() {
        if let CountedBy::Cell(cell) = &limited.counted
            && cell.take(limited.rate, now, limited.rate.increment(cost)).is_err()
        {
            give_back(&limits[..position], cost);
            return false;
        }
    }
    true
}

fn give_back(limits: &[Limited], cost: u32) {
    for limited in limits {
        if let CountedBy::Cell(cell) = &limited.counted {
            cell.give_back(limited.rate.increment(cost));
        }
    }
}

/// What the caller is told, and who is warned.
fn told(
    core: &Core,
    budget: &Budget,
    at: Timestamp,
    cost: u32,
    refusal: Option<Outcome>,
    standing: Option<&Standing>,
) -> Spent {
    let (now, day) = (nanos(at), day_of(at));
    let mut rate_limits = Vec::with_capacity(budget.limits.len());
    for limited in &budget.limits {
        let tat = match &limited.counted {
            CountedBy::Cell(cell) => cell.tat(),
            CountedBy::Database(number) => match standing {
                Some(standing) => standing.tats[*number],
                None => continue,
            },
        };
        let state = limited.state(tat, now, if refusal.is_some() { cost } else { 0 });
        core.limits.warnings.note(&limited.watch, day, state.limit - state.remaining, state.limit);
        rate_limits.push(state);
    }
    let left = standing.map_or(&[][..], |standing| &standing.credits);
    for (watch, left) in budget.pools.iter().zip(left).filter(|(_, left)| left.granted > 0) {
        core.limits.warnings.note(watch, day, left.granted - left.remaining, left.granted);
    }
    Spent {
        refusal,
        rate_limits,
        credits_remaining: left.iter().map(|left| left.remaining).min(),
        credits_back_in_seconds: match refusal {
            Some(Outcome::CreditsExhausted) => back_in_seconds(&budget.counters.pools, left, at, cost),
            _ => None,
        },
    }
}

/// When every pool that lacks this cost is filled up to it, in seconds, rounded up; `None` where one of them never is.
fn back_in_seconds(pools: &[CreditPool], left: &[CreditsLeft], at: Timestamp, cost: u32) -> Option<i64> {
    let lacking = pools.iter().zip(left).filter(|(_, left)| left.remaining < i64::from(cost));
    let waits = lacking.map(|(pool, _)| {
        let refill = pool.rule.refill.filter(|refill| refill.amount >= i64::from(cost))?;
        Some(seconds(nanos(refill.every.next_period(at)) - nanos(at)))
    });
    waits.collect::<Option<Vec<_>>>()?.into_iter().max()
}

impl Limited {
    fn state(&self, tat: Nanos, now: Nanos, cost: u32) -> LimitState {
        LimitState {
            name: Arc::clone(&self.name),
            limit: self.limit,
            remaining: self.rate.remaining(tat, now),
            reset_seconds: self.rate.reset_seconds(tat, now),
            window_seconds: self.window_seconds,
            retry_after_seconds: self.rate.retry_after_seconds(tat, now, self.rate.increment(cost)),
        }
    }
}
