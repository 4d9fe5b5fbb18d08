//! What a good call spends: rate limits first, then credits.

use super::entry::Entry;
use crate::core::Core;
use crate::error::Error;
pub use crate::limits::LimitState;
pub(super) use crate::limits::Spent;

/// Spends the cost of a good call.
pub(super) async fn spend(core: &Core, entry: &Entry, cost: u32) -> Result<Spent, Error> {
    match &entry.budget {
        Some(budget) => crate::limits::spend(core, budget, cost).await,
        None => Ok(Spent::default()),
    }
}
