use latchkey_types::ServiceAccountId;

use super::managed;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::{Conflict, Error};

/// Deletes a service account that never got a token, and the workload rules that name it; else
/// [`Conflict::AlreadyUsed`]. Needs [`crate::Action::ManageServiceAccounts`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &ServiceAccountId) -> Result<(), Error> {
    let (access, _) = managed(core, caller, org, id).await?;
    let audit =
        core.audit_entry(caller, Some(&access.org.id), "service_account.delete", ("service_account", id.as_str()));
    if core.store.delete_service_account(&access.org.id, id, &audit).await? {
        Ok(())
    } else {
        Err(Error::conflict(
            Conflict::AlreadyUsed,
            "the service account has got tokens, so its history stays: revoke it instead",
        ))
    }
}
