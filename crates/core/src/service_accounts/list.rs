use super::ServiceAccount;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};
use crate::validation::{self, Checks};

/// Lists service accounts, newest first; `search` is an id or a prefix of the name. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`]; [`Error::Invalid`] for a search that is too long.
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    search: Option<&str>,
    page: &Page,
) -> Result<Listed<ServiceAccount>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    let mut checks = Checks::default();
    let search = checks.take(validation::search("search", search));
    checks.finish()?;
    Ok(core.store.list_service_accounts(&access.org.id, search.as_deref(), page).await?)
}
