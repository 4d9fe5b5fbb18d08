//! The catalogue of public APIs.

use super::Api;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::ports::{Listed, Page};
use crate::validation;

/// The public APIs with their owners; any signed-in person and any management key may look.
pub async fn catalogue(
    core: &Core,
    _caller: &Caller,
    search: Option<&str>,
    page: &Page,
) -> Result<Listed<(Api, Org)>, Error> {
    let search = validation::search("search", search).map_err(Error::Invalid)?;
    Ok(core.store.list_public_apis(search.as_deref(), page).await?)
}
