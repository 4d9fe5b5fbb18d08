//! Following the change log, so that what other processes changed is forgotten here too.

use crate::core::Core;
use crate::error::Error;

/// How many changes are read at once.
const BATCH: u32 = 1_000;

/// Follows the change log once: reads what changed since the last look and drops it from the cache. The job calls it
/// several times a second and on notification.
///
/// # Errors
/// [`Error::Unavailable`] where the change log can't be read: the cache ages, and beyond `max_staleness` isn't used.
pub async fn follow(core: &Core) -> Result<(), Error> {
    let look_began = core.clock.monotonic();
    let Some(mut seen) = core.verifier.revision() else { return first_look(core, look_began).await };
    loop {
        let changes = core.store.changes_after(seen, BATCH).await?;
        let Some(last) = changes.last() else { return nothing_new(core, seen, look_began).await };
        let (first, last) = (changes[0].revision, last.revision);
        let full = changes.len() == BATCH as usize;
        if first == seen + 1 {
            core.forget(&changes);
        } else {
            // older rows were deleted before they were read
            forget_all(core);
        }
        seen = last;
        if !full {
            break;
        }
    }
    core.verifier.saw(seen, look_began);
    Ok(())
}

/// A database that was set back (restored, or a replica that lagged took over) counts anew from an older revision: what
/// it says next would be taken for known.
async fn nothing_new(core: &Core, seen: i64, look_began: std::time::Duration) -> Result<(), Error> {
    let revision = core.store.revision().await?;
    if revision < seen {
        forget_all(core);
        core.verifier.starts_anew(revision);
        tracing::warn!(seen, revision, "the database was set back: all that was remembered is forgotten");
    }
    core.verifier.saw(seen.min(revision), look_began);
    Ok(())
}

async fn first_look(core: &Core, look_began: std::time::Duration) -> Result<(), Error> {
    let revision = core.store.revision().await?;
    forget_all(core);
    core.verifier.saw(revision, look_began);
    Ok(())
}

fn forget_all(core: &Core) {
    core.verifier.forget_all();
    core.keyring.mark_stale();
}
