//! Renaming organisations and changing their settings.

use serde_json::json;

use super::{Org, OrgChange, OrgSettings, TierChange, slug_taken};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::leaks::MAX_LEAK_GRACE_HOURS;
use crate::tiers;
use crate::validation::{self, Checks};

/// The most that [`OrgSettings::max_key_lifetime_days`] may be: ten years.
pub const MAX_KEY_LIFETIME_DAYS: u32 = 3_650;

/// Renames or changes settings. Needs [`crate::Action::ManageSettings`], and for another security tier
/// [`crate::Action::ManageSecurityTier`]. What is already so is no change.
///
/// # Errors
/// [`Error::Invalid`], [`crate::Conflict::SlugTaken`]; [`Conflict::PreviewOutdated`] where the tier breaks more, or less, than
/// the change says.
pub async fn update(core: &Core, caller: &Caller, org: &str, change: OrgChange) -> Result<Org, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let mut checks = Checks::default();
    let name = checks.take_some(change.name.as_deref().map(|name| validation::name("name", name)));
    let slug = checks.take_some(change.slug.as_deref().map(|slug| validation::slug("slug", slug)));
    let settings = change.settings.applied_to(&org.settings);
    if let Some(Some(days)) = change.settings.max_key_lifetime_days
        && !(1..=MAX_KEY_LIFETIME_DAYS).contains(&days)
    {
        checks.note("settings/max_key_lifetime_days", format!("1 to {MAX_KEY_LIFETIME_DAYS} days"));
    }
    if !(1..=MAX_LEAK_GRACE_HOURS).contains(&settings.leak_grace_hours) {
        checks.note("settings/leak_grace_hours", format!("1 to {MAX_LEAK_GRACE_HOURS} hours"));
    }
    checks.finish()?;
    let security_tier = change.security_tier.filter(|wanted| wanted.tier != org.security_tier);
    if let Some(wanted) = security_tier {
        core.enter(caller, &org.slug, Action::ManageSecurityTier).await?;
        refuse_unknown_breaks(core, &org, wanted).await?;
    }

    let change = OrgChange {
        name: name.filter(|name| *name != org.name),
        slug: slug.filter(|slug| *slug != org.slug),
        settings: change.settings,
        security_tier,
    };
    if security_tier.is_none() && change.name.is_none() && change.slug.is_none() && settings == org.settings {
        return Ok(org);
    }
    let mut audit = core.audit_entry(caller, Some(&org.id), "org.update", ("org", org.id.as_str()));
    if let Some(name) = &change.name {
        audit = audit.with("name", json!({ "from": org.name, "to": name }));
    }
    if let Some(slug) = &change.slug {
        audit = audit.with("slug", json!({ "from": org.slug, "to": slug }));
    }
    audit = with_settings(audit, &org.settings, &settings);
    if let Some(TierChange { tier, breaks }) = security_tier {
        let tiers = json!({ "from": org.security_tier.as_str(), "to": tier.as_str() });
        audit = audit.with("security_tier", tiers).with("breaks", breaks);
    }
    core.store.update_org(&org.id, &change, &audit).await.map_err(slug_taken)
}

/// A change of the tier goes through only where its author knows how much it breaks. What is made after the count and
/// doesn't fit is refused as well: the tier is judged at each verification.
async fn refuse_unknown_breaks(core: &Core, org: &Org, wanted: TierChange) -> Result<(), Error> {
    let breaks = tiers::breaks_of(core, org, wanted.tier).await?.breaks;
    if breaks == wanted.breaks {
        return Ok(());
    }
    let tier = wanted.tier.as_str();
    Err(Error::conflict(
        Conflict::PreviewOutdated,
        format!(
            "the {tier} tier refuses {breaks} credentials that work today: look at the preview, and confirm with `breaks`: {breaks}"
        ),
    ))
}

/// The row with each setting that changes.
fn with_settings(audit: AuditEntry, from: &OrgSettings, to: &OrgSettings) -> AuditEntry {
    let all = [
        ("max_key_lifetime_days", json!(from.max_key_lifetime_days), json!(to.max_key_lifetime_days)),
        ("leak_response", json!(from.leak_response.as_str()), json!(to.leak_response.as_str())),
        ("leak_grace_hours", json!(from.leak_grace_hours), json!(to.leak_grace_hours)),
    ];
    let changed = all.into_iter().filter(|(_, from, to)| from != to);
    changed.fold(audit, |audit, (name, from, to)| audit.with(name, json!({ "from": from, "to": to })))
}
