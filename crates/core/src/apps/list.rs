use latchkey_types::ApiId;

use super::App;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};
use crate::validation::{self, Checks};

/// Lists apps, newest first; `search` is an id or a prefix of the name. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`]; [`Error::Invalid`] for a search that is too long.
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    search: Option<&str>,
    api: Option<&ApiId>,
    page: &Page,
) -> Result<Listed<App>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    let mut checks = Checks::default();
    let search = checks.take(validation::search("search", search));
    checks.finish()?;
    Ok(core.store.list_apps(&access.org.id, search.as_deref(), api, page).await?)
}
