//! Rate limits and credits: how much of an API may be used, by a key, an app, a service account, an organisation.
//!
//! A `local` limit is an atomic number on each replica, which a job reconciles with the others through the database; an
//! `exact` one and credits are one conditional statement a call. docs/limits.md says what each guarantees.

mod budget;
mod cell;
mod check;
mod for_audit;
mod gcra;
mod left;
mod model;
mod reconcile;
mod registry;
mod spend;
mod warning;

pub(crate) use budget::{Budget, Source, of_consumer};
pub use check::{
    DEFAULT_PLAN, MAX_CREDITS, MAX_LIMIT, MAX_PER_SECOND, MAX_PLANS, MAX_RATE_LIMITS, MAX_WINDOW_SECONDS, NewCredits,
    NewPlan, NewRateLimit, NewRefill,
};
pub(crate) use check::{changes_credits, credits, plans, rate_limits};
pub(crate) use for_audit::{credit_change_for_audit, credits_for_audit, plans_for_audit, rate_limits_for_audit};
pub use gcra::{Full, Nanos, Rate};
pub use left::{Left, left_of_consumer, left_of_consumers, left_of_keys, left_of_parties};
pub use model::{
    CreditChange, CreditRule, CreditsLeft, LimitMode, LimitState, OnUnknown, Plan, RateLimit, Refill, RefillEvery,
};
pub use reconcile::{reap, reconcile};
pub use registry::Limits;
pub(crate) use spend::{Spent, spend};
pub use warning::LIMIT_WARNINGS;

use latchkey_types::Timestamp;

const SECONDS_A_DAY: i64 = 86_400;

/// An instant as the algorithm counts it.
pub const fn nanos(at: Timestamp) -> Nanos {
    at.as_millis().saturating_mul(gcra::NANOS_A_MILLI)
}

/// The row of a limit. Another window is another limit; another number is the same one, so that a change of it doesn't
/// refill it.
fn row_id(subject: &str, limit: &RateLimit) -> String {
    format!("{subject} {} {}", limit.window_seconds, limit.name)
}
