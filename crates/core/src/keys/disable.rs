use latchkey_types::{KeyId, Timestamp};

use super::{Key, already_revoked};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Switches a key off; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn disable(core: &Core, caller: &Caller, org: &str, id: &KeyId) -> Result<Key, Error> {
    set_disabled(core, caller, org, id, Some(core.clock.now()), "key.disable").await
}

/// Switches a key on; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn enable(core: &Core, caller: &Caller, org: &str, id: &KeyId) -> Result<Key, Error> {
    set_disabled(core, caller, org, id, None, "key.enable").await
}

async fn set_disabled(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &KeyId,
    at: Option<Timestamp>,
    action: &str,
) -> Result<Key, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), action, ("key", id.as_str()));
    core.store.set_key_disabled(&access.org.id, id, at, &audit).await?.ok_or_else(already_revoked)
}
