//! Renaming organisations and changing their settings.

use serde_json::json;

use super::{Org, OrgChange, OrgSettings, slug_taken};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::{self, Checks};

/// The most that [`OrgSettings::max_key_lifetime_days`] may be: ten years.
pub const MAX_KEY_LIFETIME_DAYS: u32 = 3_650;

/// Renames or changes settings. Needs [`crate::Action::ManageSettings`]. What is already so is no change.
///
/// # Errors
/// [`Error::Invalid`], [`crate::Conflict::SlugTaken`].
pub async fn update(core: &Core, caller: &Caller, org: &str, change: OrgChange) -> Result<Org, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let mut checks = Checks::default();
    let name = checks.take_some(change.name.as_deref().map(|name| validation::name("name", name)));
    let slug = checks.take_some(change.slug.as_deref().map(|slug| validation::slug("slug", slug)));
    if let Some(days) = change.settings.as_ref().and_then(|settings| settings.max_key_lifetime_days)
        && !(1..=MAX_KEY_LIFETIME_DAYS).contains(&days)
    {
        checks.note("settings/max_key_lifetime_days", format!("1 to {MAX_KEY_LIFETIME_DAYS} days"));
    }
    checks.finish()?;

    let change = OrgChange {
        name: name.filter(|name| *name != org.name),
        slug: slug.filter(|slug| *slug != org.slug),
        settings: change.settings.filter(|settings| *settings != org.settings),
    };
    if change == OrgChange::default() {
        return Ok(org);
    }
    let mut audit = core.audit_entry(caller, Some(&org.id), "org.update", ("org", org.id.as_str()));
    if let Some(name) = &change.name {
        audit = audit.with("name", json!({ "from": org.name, "to": name }));
    }
    if let Some(slug) = &change.slug {
        audit = audit.with("slug", json!({ "from": org.slug, "to": slug }));
    }
    if let Some(OrgSettings { max_key_lifetime_days }) = &change.settings {
        let days = json!({ "from": org.settings.max_key_lifetime_days, "to": max_key_lifetime_days });
        audit = audit.with("max_key_lifetime_days", days);
    }
    core.store.update_org(&org.id, &change, &audit).await.map_err(slug_taken)
}
