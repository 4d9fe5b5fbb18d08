//! Forgetting usage that is older than it is kept.

use crate::core::Core;
use crate::error::Error;

/// How long minutes are kept, in seconds: 48 hours.
pub const MINUTES_KEPT_SECONDS: i64 = 48 * 3_600;
/// How long hours are kept, in seconds: 90 days.
pub const HOURS_KEPT_SECONDS: i64 = 90 * 86_400;

/// Deletes minutes and hours that are older than they are kept; days are kept for ever.
pub async fn reap(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    let (minutes, hours) = (now.plus_seconds(-MINUTES_KEPT_SECONDS), now.plus_seconds(-HOURS_KEPT_SECONDS));
    core.store.delete_usage_before(minutes, hours).await?;
    Ok(())
}
