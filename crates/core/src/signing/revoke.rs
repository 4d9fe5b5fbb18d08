use latchkey_types::Role;

use super::make::{SigningKeyError, make};
use super::rotate::promote;
use super::{SigningKeyState, load, operators_only};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// How often a key may move on to another state while we revoke it: from next to active to retired.
const TRIES: usize = 4;

/// Revokes a key; of the active one it promotes `next` at once. Again is fine.
///
/// # Errors
/// [`Error::NotFound`] where there is no such key, and for who isn't an operator.
pub async fn revoke(core: &Core, caller: &Caller, kid: &str) -> Result<(), Error> {
    operators_only(caller, Role::Owner)?;
    for _ in 0..TRIES {
        if try_revoke(core, caller, kid).await? {
            return load(core).await;
        }
    }
    Err(SigningKeyError::KeepsChanging.into())
}

/// `Ok(false)`: the key moved on in the meantime. Whoever asked wants this key ended, wherever it stands by then.
async fn try_revoke(core: &Core, caller: &Caller, kid: &str) -> Result<bool, Error> {
    let rows = core.store.list_signing_keys().await?;
    let row = rows.iter().find(|row| row.kid == kid).ok_or(Error::NotFound)?;
    let now = core.clock.now();
    let new_next = match row.state {
        SigningKeyState::Revoked => return Ok(true),
        SigningKeyState::Active => return promote(core, caller, &rows, row.alg, true).await,
        SigningKeyState::Next => Some(make(core, row.alg, SigningKeyState::Next, now).await?),
        SigningKeyState::Retired => None,
    };
    let mut audit =
        core.audit_entry(caller, None, "signing_key.revoke", ("signing_key", kid)).with("state", row.state.as_str());
    if let Some(next) = &new_next {
        audit = audit.with("next", next.kid.as_str());
    }
    Ok(core.store.revoke_signing_key(kid, new_next.as_ref(), now, &audit).await?)
}
