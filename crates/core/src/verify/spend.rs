//! What a good call spends: rate limits first, then credits.

use latchkey_types::Outcome;

use super::entry::Entry;
use crate::core::Core;
use crate::error::Error;

/// Where a rate limit stands after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// What its owner calls it.
    pub name: String,
    /// How much fits into its window.
    pub limit: i64,
    /// How much is left now.
    pub remaining: i64,
    /// When all of it is there again, in seconds, rounded up.
    pub reset_seconds: i64,
}

/// What became of a call's cost.
#[derive(Default)]
pub(super) struct Spent {
    /// `RateLimited` or `CreditsExhausted`; nothing was spent then.
    pub(super) refusal: Option<Outcome>,
    /// The limits that apply.
    pub(super) rate_limits: Vec<LimitState>,
    /// The credits that are left.
    pub(super) credits_remaining: Option<i64>,
}

/// Spends the cost of a good call.
pub(super) async fn spend(_core: &Core, _entry: &Entry, _cost: u32) -> Result<Spent, Error> {
    Ok(Spent::default())
}
