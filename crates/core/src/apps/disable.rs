use latchkey_types::{AppId, Timestamp};

use super::{App, already_revoked};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Switches an app off; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn disable(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<App, Error> {
    set_disabled(core, caller, org, id, Some(core.clock.now()), "app.disable").await
}

/// Switches an app on; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn enable(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<App, Error> {
    set_disabled(core, caller, org, id, None, "app.enable").await
}

async fn set_disabled(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &AppId,
    at: Option<Timestamp>,
    action: &str,
) -> Result<App, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), action, ("app", id.as_str()));
    core.store.set_app_disabled(&access.org.id, id, at, &audit).await?.ok_or_else(already_revoked)
}
