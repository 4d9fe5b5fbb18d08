use latchkey_types::{KeyId, Timestamp};
use serde_json::{Map, Value};

use super::{API_OWNERS_TO_SET, Key, KeyChange, already_revoked, check_open, check_scopes, find_grantable, lifetime};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::Error;
use crate::ports::StoreError;
use crate::validation::{self, Checks};

/// Members of a key to change, as typed; `None` leaves it, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct KeyPatch {
    /// Another name.
    pub name: Option<String>,
    /// Other scopes. A JWT says its own scopes: verification follows the change at once, who reads the JWT alone sees it
    /// with the next rotation.
    pub scopes: Option<Vec<String>>,
    /// Another end, or none; of a JWT key an earlier one.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another owner, or none.
    pub owner: Option<Option<String>>,
    /// Other metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Other notes.
    pub labels: Option<Map<String, Value>>,
    /// Other addresses.
    pub allowed_ips: Option<Vec<String>>,
}

/// Changes a key. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked; [`Error::Forbidden`] for members that are the API owner's to
/// set; [`Error::Invalid`] with every bad member.
pub async fn update(core: &Core, caller: &Caller, org: &str, id: &KeyId, patch: KeyPatch) -> Result<Key, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let key = core.store.find_key(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    if key.revoked_at.is_some() {
        return Err(already_revoked());
    }
    let change = check(core, &access, &key, patch).await?;
    if change == KeyChange::default() {
        return Ok(key);
    }
    let audit = core.audit_entry(caller, Some(&access.org.id), "key.update", ("key", id.as_str()));
    write(core, &key, &change, audit).await
}

async fn check(core: &Core, access: &Access, key: &Key, patch: KeyPatch) -> Result<KeyChange, Error> {
    let api = find_grantable(core, &access.org, key.api.as_str()).await?;
    // an API that isn't open any more is another organisation's
    let own = api.as_ref().is_some_and(|api| api.own);
    if !own && (patch.owner.is_some() || patch.metadata.is_some()) {
        return Err(Error::Forbidden(API_OWNERS_TO_SET));
    }
    let mut checks = Checks::default();
    let limit = access.org.settings.max_key_lifetime_days;
    let now = core.clock.now();
    let name = checks.take_some(patch.name.map(|name| validation::name("name", &name)));
    let scopes = patch.scopes.map(|typed| {
        let api = checks.take(check_open("scopes", api).map(Some));
        checks.take(check_scopes("scopes", &typed, api.as_ref()))
    });
    let expires_at = checks.take_some(patch.expires_at.map(|end| lifetime::of_changed(key, end, now, limit)));
    let owner =
        checks.take_some(patch.owner.map(|owner| validation::owner("owner", owner.as_deref().unwrap_or_default())));
    let metadata = checks.take_some(patch.metadata.map(|given| validation::metadata("metadata", &given)));
    let labels = checks.take_some(patch.labels.map(|given| validation::metadata("labels", &given)));
    let allowed_ips = checks.take_some(patch.allowed_ips.map(|typed| validation::ip_list("allowed_ips", &typed)));
    let change = KeyChange { name, scopes, expires_at, owner, metadata, labels, allowed_ips };
    checks.finish()?;
    Ok(change)
}

/// Writes the change with an audit row that says what changed: metadata, labels and addresses by name only.
pub(super) async fn write(core: &Core, key: &Key, change: &KeyChange, audit: AuditEntry) -> Result<Key, Error> {
    let changed: Vec<&str> = [
        ("name", change.name.is_some()),
        ("scopes", change.scopes.is_some()),
        ("expires_at", change.expires_at.is_some()),
        ("owner", change.owner.is_some()),
        ("metadata", change.metadata.is_some()),
        ("labels", change.labels.is_some()),
        ("allowed_ips", change.allowed_ips.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_changed)| is_changed.then_some(name))
    .collect();
    let mut audit = audit.with("changed", changed);
    if let Some(name) = &change.name {
        audit = audit.with("name", name.as_str());
    }
    if let Some(scopes) = &change.scopes {
        audit = audit.with("scopes", scopes.to_string());
    }
    if let Some(end) = change.expires_at {
        audit = audit.with("expires_at", end.map(|end| end.to_string()));
    }
    match core.store.update_key(&key.org, &key.id, change, &audit).await {
        Err(StoreError::Stale) => Err(already_revoked()),
        written => Ok(written?),
    }
}
