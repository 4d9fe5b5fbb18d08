use latchkey_types::Timestamp;

use super::make::only;
use super::rotate::promote;
use super::{PUBLISH_BEFORE_USE_SECONDS, ROTATE_AFTER_SECONDS, SigningAlg, SigningKeyRow, SigningKeyState, load};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// The longest life of an access token, in seconds (contract section 10, "Tokens").
const LONGEST_ACCESS_TOKEN_SECONDS: i64 = 3600;
/// How long a replica that hasn't seen the change yet may go on to sign with the key before, in seconds: far more than
/// any allowed staleness.
const LATE_SIGNER_SECONDS: i64 = 300;

/// The job's round: rotates what is due, deletes retired keys whose last token has expired (those revoked too).
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be asked.
pub async fn maintain(core: &Core) -> Result<(), Error> {
    let system = Caller { actor: Actor::System, ip: None };
    let now = core.clock.now();
    let rows = core.store.list_signing_keys().await?;
    let mut changed = false;
    for alg in SigningAlg::ALL {
        if rows.iter().any(|row| row.alg == alg) && is_due(&rows, alg, now)? {
            changed |= promote(core, &system, &rows, alg, false).await?;
        }
    }
    for row in &rows {
        if needed_until(core, row).await?.is_some_and(|end| end <= now) {
            let audit = core.audit_entry(&system, None, "signing_key.delete", ("signing_key", &row.kid));
            core.store.delete_signing_key(&row.kid, &audit).await?;
            changed = true;
        }
    }
    if changed { load(core).await } else { Ok(()) }
}

/// Whether the active key is old enough to go and the next one to come.
fn is_due(rows: &[SigningKeyRow], alg: SigningAlg, now: Timestamp) -> Result<bool, Error> {
    let active = only(rows, alg, SigningKeyState::Active)?;
    let next = only(rows, alg, SigningKeyState::Next)?;
    let since = active.activated_at.unwrap_or(active.created_at);
    Ok(since.plus_seconds(ROTATE_AFTER_SECONDS) <= now
        && next.created_at.plus_seconds(PUBLISH_BEFORE_USE_SECONDS) <= now)
}

/// Until when a token may live that this key signed. `None` where it signs, or will.
async fn needed_until(core: &Core, row: &SigningKeyRow) -> Result<Option<Timestamp>, Error> {
    let Some(signed_until) = (match row.state {
        SigningKeyState::Next | SigningKeyState::Active => None,
        SigningKeyState::Retired | SigningKeyState::Revoked => row.retired_at.or(row.revoked_at),
    }) else {
        return Ok(None);
    };
    let last_access_token = signed_until.plus_seconds(LONGEST_ACCESS_TOKEN_SECONDS + LATE_SIGNER_SECONDS);
    let last_jwt_key = core.store.last_jwt_key_expiry(&row.kid).await?;
    Ok(Some(last_jwt_key.map_or(last_access_token, |end| end.max(last_access_token))))
}
