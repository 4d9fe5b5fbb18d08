use latchkey_types::{ServiceAccountId, Timestamp};

use super::{ServiceAccount, already_revoked, managed};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// Switches a service account off, and its tokens with it; again is fine. Needs
/// [`crate::Action::ManageServiceAccounts`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn disable(core: &Core, caller: &Caller, org: &str, id: &ServiceAccountId) -> Result<ServiceAccount, Error> {
    set_disabled(core, caller, org, id, Some(core.clock.now()), "service_account.disable").await
}

/// Switches a service account on; again is fine. Needs [`crate::Action::ManageServiceAccounts`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn enable(core: &Core, caller: &Caller, org: &str, id: &ServiceAccountId) -> Result<ServiceAccount, Error> {
    set_disabled(core, caller, org, id, None, "service_account.enable").await
}

async fn set_disabled(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
    at: Option<Timestamp>,
    action: &str,
) -> Result<ServiceAccount, Error> {
    let (access, _) = managed(core, caller, org, id).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), action, ("service_account", id.as_str()));
    core.store.set_service_account_disabled(&access.org.id, id, at, &audit).await?.ok_or_else(already_revoked)
}
