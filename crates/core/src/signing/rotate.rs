use latchkey_types::Role;

use super::make::{make, only, open};
use super::{PUBLISH_BEFORE_USE_SECONDS, SigningAlg, SigningKeyRow, SigningKeyState, load, operators_only};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::{Conflict, Error};

/// Promotes `next` of this algorithm once it is old enough, else [`Conflict::NotYetPublished`], which says when. Where
/// another replica rotated at the same time, its rotation is the one.
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator; [`Error::Invalid`] (`alg`) where there are no keys of this algorithm.
pub async fn rotate(core: &Core, caller: &Caller, alg: SigningAlg) -> Result<(), Error> {
    operators_only(caller, Role::Owner)?;
    let rows = core.store.list_signing_keys().await?;
    if !rows.iter().any(|row| row.alg == alg) {
        return Err(Error::invalid("alg", "no API has chosen this algorithm yet, so there is nothing to rotate"));
    }
    let next = only(&rows, alg, SigningKeyState::Next)?;
    let ready_at = next.created_at.plus_seconds(PUBLISH_BEFORE_USE_SECONDS);
    if core.clock.now() < ready_at {
        return Err(Error::conflict(
            Conflict::NotYetPublished,
            format!("verifiers may not know the next signing key yet; it can sign from {ready_at} on"),
        ));
    }
    promote(core, caller, &rows, alg, false).await?;
    load(core).await
}

/// Lets `next` sign and makes another one. The key that signed is retired, or revoked. `Ok(false)`: another replica was
/// first.
pub(super) async fn promote(
    core: &Core,
    caller: &Caller,
    rows: &[SigningKeyRow],
    alg: SigningAlg,
    revoke: bool,
) -> Result<bool, Error> {
    let active = only(rows, alg, SigningKeyState::Active)?;
    let next = only(rows, alg, SigningKeyState::Next)?;
    open(core, next)?;
    let now = core.clock.now();
    let new_next = make(core, alg, SigningKeyState::Next, now).await?;
    let (action, kid) = if revoke { ("signing_key.revoke", &active.kid) } else { ("signing_key.rotate", &next.kid) };
    let audit = core
        .audit_entry(caller, None, action, ("signing_key", kid))
        .with("from", active.kid.as_str())
        .with("to", next.kid.as_str())
        .with("next", new_next.kid.as_str());
    Ok(core.store.rotate_signing_keys(&active.kid, &next.kid, &new_next, now, revoke, &audit).await?)
}
