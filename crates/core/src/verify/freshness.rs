//! Organisations of the high security tier: nothing remembered is believed before the change log was looked at for this
//! call. One statement, and only where something has changed the changes themselves.

use super::follow::follow;
use crate::core::Core;
use crate::error::Error;

/// Looks whether anything has changed since the last look, and if so follows the change log. Answers whether something
/// may have been forgotten: then the caller looks again at what it found.
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be asked: then nothing is known.
pub(crate) async fn look(core: &Core) -> Result<bool, Error> {
    // read before the database is asked: whoever moves it on has forgotten what changed until there
    let seen = core.verifier.revision();
    if seen == Some(core.store.revision().await?) {
        return Ok(false);
    }
    follow(core).await?;
    Ok(true)
}
