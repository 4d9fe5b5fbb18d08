use super::{ManagementKey, enter};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// Lists management keys, newest first, revoked ones too; `org: None` lists the operators'. Needs
/// [`crate::Action::ManageManagementKeys`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`].
pub async fn list(core: &Core, caller: &Caller, org: Option<&str>) -> Result<Vec<ManagementKey>, Error> {
    let place = enter(core, caller, org).await?;
    Ok(core.store.list_management_keys(place.org.as_ref().map(|org| &org.id)).await?)
}
