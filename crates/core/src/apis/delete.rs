//! Deleting APIs.

use latchkey_types::ApiId;

use super::read::owned;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};

/// Deletes an API without live credentials. Needs [`crate::Action::ManageApis`].
///
/// # Errors
/// [`Conflict::LiveCredentials`] where a key that is neither revoked nor expired, or an app that isn't revoked, is for it.
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let audit = core
        .audit_entry(caller, Some(&org.id), "api.delete", ("api", id.as_str()))
        .with("name", api.name)
        .with("audience", api.audience);
    if core.store.delete_api(&org.id, id, core.clock.now(), &audit).await? {
        return Ok(());
    }
    Err(Error::conflict(Conflict::LiveCredentials, "keys or apps are live for this API: revoke them first"))
}
