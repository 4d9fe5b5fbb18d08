//! What happens without being asked: counts are written, the change log is followed, keys rotate, old rows go.

mod reap;
mod runner;

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::apis::operations::flush_unknown_operations;
use latchkey_core::{Core, Error, deliveries, limits, notices, signing, usage, verify};

use runner::Runner;

const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Often enough that a change made elsewhere holds here within a second (contract section 10, "Verify").
const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// How long replicas count `local` rate limits apart (docs/limits.md).
const RECONCILE_EVERY: Duration = Duration::from_millis(250);
const MAINTAIN_KEYS_EVERY: Duration = Duration::from_secs(60);
const NOTICES_EVERY: Duration = Duration::from_secs(5);
const EXPIRIES_EVERY: Duration = Duration::from_secs(3_600);
const DELIVER_EVERY: Duration = Duration::from_secs(1);
const REAP_EVERY: Duration = Duration::from_secs(60);
const REAP_USAGE_EVERY: Duration = Duration::from_secs(3_600);

/// The running jobs.
pub struct Jobs {
    core: Arc<Core>,
    runner: Runner,
}

impl Jobs {
    /// Starts all of them.
    pub fn start(core: &Arc<Core>) -> Self {
        let mut runner = Runner::new();
        runner.every("usage flush", FLUSH_EVERY, core, |core| Box::pin(usage::flush(core)));
        runner.every("unknown operations", FLUSH_EVERY, core, |core| Box::pin(flush_unknown_operations(core)));
        runner.every("change log", FOLLOW_EVERY, core, |core| Box::pin(verify::follow(core)));
        runner.whenever_notified("change log by notification", core, |core| Box::pin(verify::follow(core)));
        runner.every("rate limits", RECONCILE_EVERY, core, |core| Box::pin(limits::reconcile(core)));
        runner.every("signing keys", MAINTAIN_KEYS_EVERY, core, |core| Box::pin(signing::maintain(core)));
        runner.every("expired rows", REAP_EVERY, core, |core| Box::pin(reap::expired(core)));
        runner.every("old usage", REAP_USAGE_EVERY, core, |core| Box::pin(usage::reap(core)));
        runner.every("notices", NOTICES_EVERY, core, |core| Box::pin(notices::derive(core)));
        runner.every("notices of expiry", EXPIRIES_EVERY, core, |core| Box::pin(notices::expiring(core)));
        runner.every_until_stop("deliveries", DELIVER_EVERY, core, |core| Box::pin(deliveries::deliver(core)));
        Self { core: Arc::clone(core), runner }
    }

    /// Ends all of them and writes what was counted.
    ///
    /// # Errors
    /// Where the counts can't be written.
    pub async fn stop(self) -> Result<(), Error> {
        self.runner.stop().await;
        let counted = usage::flush(&self.core).await;
        let unknown = flush_unknown_operations(&self.core).await;
        limits::reconcile(&self.core).await.and(unknown).and(counted)
    }
}
