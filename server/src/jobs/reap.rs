//! Rows whose time is over.

use latchkey_core::apps::day_of;
use latchkey_core::{Core, Error, limits};

/// `Idempotency-Key`s hold 24 hours.
const IDEMPOTENCY_SECONDS: i64 = 24 * 3_600;
/// How long tokens stay after their end: to say that they have expired, and so that a replica whose clock is late doesn't
/// forget a revocation before the token is over (F-09).
const TOKENS_KEPT_SECONDS: i64 = 3_600;
/// How long action tokens stay after their end, in seconds: a week, to say what became of them. Longer than what they were
/// swapped for holds.
const ACTION_TOKENS_KEPT_SECONDS: i64 = 7 * 24 * 3_600;
/// How long the counts of quotas stay, in days: so that no replica whose clock is late begins a day anew.
const QUOTA_DAYS_KEPT: i64 = 2;
/// How long notices and what was sent of them stay. Longer than the longest time before an end that is told of
/// ([`latchkey_core::notices::EXPIRY_DAYS`]), so that nothing is told twice.
const NOTICES_KEPT_SECONDS: i64 = 90 * 24 * 3_600;
const DELIVERIES_KEPT_SECONDS: i64 = 30 * 24 * 3_600;
/// How many changes stay for replicas that look seldom. One that finds a gap drops its whole cache.
const CHANGES_KEPT: i64 = 100_000;

/// Deletes expired sessions, slots and tokens, old counts of quotas, old idempotency keys, and changes that every replica has seen long ago.
pub(super) async fn expired(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    core.store.delete_expired_sessions(now).await?;
    core.store.delete_expired_uses(now).await?;
    core.store.delete_expired_tokens(now.plus_seconds(-TOKENS_KEPT_SECONDS)).await?;
    core.store.delete_expired_initial_access_tokens(now.plus_seconds(-TOKENS_KEPT_SECONDS)).await?;
    core.store.delete_expired_action_tokens(now.plus_seconds(-ACTION_TOKENS_KEPT_SECONDS)).await?;
    core.store.delete_issued_before(day_of(now) - QUOTA_DAYS_KEPT).await?;
    limits::reap(core).await?;
    core.store.delete_idempotent_before(now.plus_seconds(-IDEMPOTENCY_SECONDS)).await?;
    core.store.delete_notices_before(now.plus_seconds(-NOTICES_KEPT_SECONDS)).await?;
    core.store.delete_deliveries_before(now.plus_seconds(-DELIVERIES_KEPT_SECONDS)).await?;
    let revision = core.store.revision().await?;
    if revision > CHANGES_KEPT {
        core.store.forget_changes_before(revision - CHANGES_KEPT).await?;
    }
    Ok(())
}
