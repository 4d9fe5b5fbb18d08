use latchkey_types::AppId;

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};

/// Deletes an app that never got a token; else [`Conflict::AlreadyUsed`]. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), "app.delete", ("app", id.as_str()));
    if core.store.delete_app(&access.org.id, id, &audit).await? {
        Ok(())
    } else {
        Err(Error::conflict(Conflict::AlreadyUsed, "the app has got tokens, so its history stays: revoke it instead"))
    }
}
