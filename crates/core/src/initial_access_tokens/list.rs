use super::InitialAccessToken;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// An organisation's initial access tokens that are neither revoked nor expired, newest first; those that are used up
/// too. Needs [`Action::ManageInitialAccessTokens`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list(core: &Core, caller: &Caller, org: &str) -> Result<Vec<InitialAccessToken>, Error> {
    let org = core.enter(caller, org, Action::ManageInitialAccessTokens).await?.org;
    Ok(core.store.list_initial_access_tokens(&org.id, core.clock.now()).await?)
}
