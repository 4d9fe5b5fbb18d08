//! Slows down whoever begins or ends many sign-ins: each writes to the database, and nobody had to prove anything yet.

use latchkey_core::Error;
use latchkey_core::attempts::network;

use crate::http::{AppState, ClientIp, Problem};

/// One more sign-in from this address.
///
/// # Errors
/// 429 where there were too many.
pub(super) fn count(state: &AppState, ip: ClientIp) -> Result<(), Problem> {
    let Some(network) = ip.0.map(network) else { return Ok(()) };
    let now = state.core.clock.monotonic();
    if let Some(seconds) = state.sign_ins.wait(&network, now) {
        return Err(Error::TooMany(seconds).into());
    }
    state.sign_ins.failed(&network, now);
    Ok(())
}
