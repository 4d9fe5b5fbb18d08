use super::TrustedIssuer;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// The identity providers that an organisation trusts, newest first. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list(core: &Core, caller: &Caller, org: &str) -> Result<Vec<TrustedIssuer>, Error> {
    let org = core.enter(caller, org, Action::ManageWorkloadRules).await?.org;
    Ok(core.store.list_trusted_issuers(&org.id).await?)
}
