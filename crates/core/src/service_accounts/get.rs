use latchkey_types::ServiceAccountId;

use super::ServiceAccount;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// One service account. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &ServiceAccountId) -> Result<ServiceAccount, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    core.store.find_service_account(&access.org.id, id).await?.ok_or(Error::NotFound)
}
