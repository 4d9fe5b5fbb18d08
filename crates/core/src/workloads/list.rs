use super::WorkloadRule;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// An organisation's rules, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`].
pub async fn list(core: &Core, caller: &Caller, org: &str) -> Result<Vec<WorkloadRule>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    Ok(core.store.list_workload_rules(&access.org.id).await?)
}
