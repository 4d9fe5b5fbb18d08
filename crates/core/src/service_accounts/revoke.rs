use latchkey_types::ServiceAccountId;

use super::{ServiceAccount, managed};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::validation::{self, Checks};

/// Ends a service account for good, and with it its tokens; again is fine. Needs
/// [`crate::Action::ManageServiceAccounts`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn revoke(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
    reason: Option<String>,
) -> Result<ServiceAccount, Error> {
    let (access, _) = managed(core, caller, org, id).await?;
    let mut checks = Checks::default();
    let reason =
        checks.take_some(reason.map(|text| validation::reason("reason", &text))).filter(|text| !text.is_empty());
    checks.finish()?;
    let mut audit =
        core.audit_entry(caller, Some(&access.org.id), "service_account.revoke", ("service_account", id.as_str()));
    if let Some(reason) = &reason {
        audit = audit.with("reason", reason.as_str());
    }
    let now = core.clock.now();
    Ok(core.store.revoke_service_account(&access.org.id, id, now, reason.as_deref(), &audit).await?)
}
