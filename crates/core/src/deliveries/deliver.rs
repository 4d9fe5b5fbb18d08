use futures::future::join_all;

use super::attempt::attempt;
use super::{Claimed, Outcome};
use crate::core::Core;
use crate::error::Error;

/// Deliveries that a replica tries at once, of all organisations in turn.
pub const DELIVERIES_AT_ONCE: u32 = 32;
/// How long a claimed delivery is this replica's. Longer than any attempt takes; where the replica dies with it, another
/// one takes it up afterwards.
const LEASE_SECONDS: i64 = 60;

/// Sends what is due. Every replica may run it at any time: each delivery is claimed by one of them.
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be asked; what was claimed is tried again later.
pub async fn deliver(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    let claimed = core.store.claim_deliveries(now, now.plus_seconds(LEASE_SECONDS), DELIVERIES_AT_ONCE).await?;
    let ended = join_all(claimed.iter().map(|delivery| one(core, delivery))).await;
    ended.into_iter().collect()
}

async fn one(core: &Core, delivery: &Claimed) -> Result<(), Error> {
    let ended = attempt(core, delivery).await?;
    if ended.outcome != Outcome::Delivered {
        tracing::info!(
            delivery.id = %delivery.id, delivery.attempt = delivery.attempt, http.status = ended.status,
            given_up = ended.outcome == Outcome::Failed, "a notice could not be delivered",
        );
    }
    core.store.finish_delivery(&delivery.id, delivery.attempt, &ended, core.clock.now()).await?;
    Ok(())
}
