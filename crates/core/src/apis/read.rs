//! Seeing APIs.

use latchkey_types::{ApiId, OrgId};

use super::Api;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};
use crate::validation;

/// Lists an organisation's APIs, newest first; `search` is an id, or a prefix of name or audience.
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    search: Option<&str>,
    page: &Page,
) -> Result<Listed<Api>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let search = validation::search("search", search).map_err(Error::Invalid)?;
    Ok(core.store.list_apis(&org.id, search.as_deref(), page).await?)
}

/// One API of the organisation.
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<Api, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    owned(core, &org.id, id).await
}

/// An API that this organisation owns; another's, public or not, is not found.
pub(super) async fn owned(core: &Core, org: &OrgId, id: &ApiId) -> Result<Api, Error> {
    core.store.find_api(id).await?.filter(|api| api.org == *org).ok_or(Error::NotFound)
}
