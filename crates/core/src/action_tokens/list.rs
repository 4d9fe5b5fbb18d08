use super::ActionToken;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};

/// An organisation's action tokens, newest first; those that are over stay for some days. Needs
/// [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Invalid`] for a bad cursor.
pub async fn list(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<Listed<ActionToken>, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    Ok(core.store.list_action_tokens(&org.id, page).await?)
}
