use super::{Key, KeyFilter};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};
use crate::validation::{self, Checks};

/// Lists keys, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`]; [`Error::Invalid`] for a search that is too long.
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    filter: &KeyFilter,
    page: &Page,
) -> Result<Listed<Key>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    let mut checks = Checks::default();
    let search = checks.take(validation::search("search", filter.search.as_deref()));
    checks.finish()?;
    let filter = KeyFilter { search, ..filter.clone() };
    Ok(core.store.list_keys(&access.org.id, &filter, page).await?)
}
