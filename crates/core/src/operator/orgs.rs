//! Organisations, as operators see them.

use latchkey_types::Role;

use super::require;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::ports::{Listed, Page};
use crate::validation;

/// Organisations whose slug or name starts with `search`.
pub async fn orgs(core: &Core, caller: &Caller, search: Option<&str>, page: &Page) -> Result<Listed<Org>, Error> {
    require(caller, Role::Viewer)?;
    let search = validation::search("search", search).map_err(Error::Invalid)?;
    Ok(core.store.list_orgs(search.as_deref(), page).await?)
}

/// Suspends or unsuspends an organisation; the row stands in that organisation's log too. What is already so is no change.
pub async fn set_suspended(core: &Core, caller: &Caller, slug: &str, suspended: bool) -> Result<Org, Error> {
    require(caller, Role::Admin)?;
    let org = core.store.find_org(slug).await?.ok_or(Error::NotFound)?;
    if org.suspended_at.is_some() == suspended {
        return Ok(org);
    }
    let suspended_at = suspended.then(|| core.clock.now());
    let action = if suspended { "org.suspend" } else { "org.unsuspend" };
    let audit =
        core.audit_entry(caller, Some(&org.id), action, ("org", org.id.as_str())).with("slug", org.slug.as_str());
    core.store.set_org_suspended(&org.id, suspended_at, &audit).await?;
    Ok(Org { suspended_at, ..org })
}
