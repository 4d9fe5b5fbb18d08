use latchkey_types::AppId;

use super::App;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// One app. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<App, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    core.store.find_app(&access.org.id, id).await?.ok_or(Error::NotFound)
}
