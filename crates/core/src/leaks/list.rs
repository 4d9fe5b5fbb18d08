use super::Leak;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};

/// Where an organisation's secrets were seen, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Invalid`] for a bad cursor.
pub async fn list(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<Listed<Leak>, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    Ok(core.store.list_leaks(&org.id, page).await?)
}

/// Where the secrets of one key or app were seen, newest first, at most 20. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] for no such organisation, [`Error::Forbidden`].
pub async fn of_credential(core: &Core, caller: &Caller, org: &str, id: &str) -> Result<Vec<Leak>, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    Ok(core.store.leaks_of(&org.id, id).await?)
}
