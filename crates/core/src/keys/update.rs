use latchkey_types::{KeyId, ScopeSet, Timestamp};
use serde_json::{Map, Value};

use super::{
    API_OWNERS_TO_SET, GrantableApi, Key, KeyChange, already_revoked, check_open, check_scopes, find_grantable,
    lifetime,
};
use crate::apis::operations::{GrantedOperations, check_operations, description_for, operations_for_audit};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::Error;
use crate::limits::{self, CreditChange, NewCredits, NewRateLimit, RateLimit};
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
    /// All operations anew, by `operationId`. `scopes` are what it may besides.
    pub operations: Option<Vec<String>>,
    /// Another end, or none; of a JWT key an earlier one.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another owner, or none.
    pub owner: Option<Option<String>>,
    /// Other metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Other notes.
    pub labels: Option<Map<String, Value>>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<NewRateLimit>>,
    /// Other credits, or none.
    pub credits: Option<Option<NewCredits>>,
    /// Other addresses that it may be used from. A JWT says its own too, and both must admit a call: what it says goes
    /// with the next rotation.
    pub allowed_ips: Option<Vec<String>>,
    /// Other addresses that it may not be used from.
    pub denied_ips: Option<Vec<String>>,
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
    let sets_owners =
        patch.owner.is_some() || patch.metadata.is_some() || patch.rate_limits.is_some() || patch.credits.is_some();
    if !own && sets_owners {
        return Err(Error::Forbidden(API_OWNERS_TO_SET));
    }
    let mut checks = Checks::default();
    let tier = api.as_ref().map_or(access.org.security_tier, |api| api.api.tier_for(&access.org));
    let limit = tier.demands().key_days(key.kind, access.org.settings.max_key_lifetime_days);
    let now = core.clock.now();
    let name = checks.take_some(patch.name.map(|name| validation::name("name", &name)));
    let (scopes, operations) = match (&patch.scopes, &patch.operations) {
        (None, None) => (None, None),
        (scopes, operations) => {
            let field = if scopes.is_some() { "scopes" } else { "operations" };
            let api = checks.take(check_open(field, api).map(Some));
            check_granted(core, key, api.as_ref(), scopes.as_deref(), operations.as_deref(), &mut checks).await?
        }
    };
    let expires_at = checks.take_some(patch.expires_at.map(|end| lifetime::of_changed(key, end, now, limit)));
    let owner =
        checks.take_some(patch.owner.map(|owner| validation::owner("owner", owner.as_deref().unwrap_or_default())));
    let metadata = checks.take_some(patch.metadata.map(|given| validation::metadata("metadata", &given)));
    let labels = checks.take_some(patch.labels.map(|given| validation::metadata("labels", &given)));
    let (rate_limits, credits) = check_limits(key, patch.rate_limits.as_deref(), patch.credits, &mut checks);
    let allowed_ips = checks.take_some(patch.allowed_ips.map(|typed| validation::ip_list("allowed_ips", &typed)));
    let denied_ips = checks.take_some(patch.denied_ips.map(|typed| validation::ip_list("denied_ips", &typed)));
    let change = KeyChange {
        name,
        scopes,
        operations,
        expires_at,
        owner,
        metadata,
        labels,
        rate_limits,
        credits,
        allowed_ips,
        denied_ips,
    };
    checks.finish()?;
    Ok(change)
}

/// What the key is granted then: what was typed takes the place of its part, the other part stays.
async fn check_granted(
    core: &Core,
    key: &Key,
    api: Option<&GrantableApi>,
    scopes: Option<&[String]>,
    operations: Option<&[String]>,
    checks: &mut Checks,
) -> Result<(Option<ScopeSet>, Option<Option<GrantedOperations>>), Error> {
    let before =
        key.operations.clone().unwrap_or_else(|| GrantedOperations { names: Vec::new(), beside: key.scopes.clone() });
    let beside = match scopes {
        Some(typed) => checks.take(check_scopes("scopes", typed, api)),
        None => before.beside,
    };
    let description = description_for(core, api, operations.unwrap_or(&before.names)).await?;
    let names = match operations {
        Some(typed) => checks.take(check_operations("operations", typed, api, description.as_ref())),
        None => before.names,
    };
    let operations = GrantedOperations::of(names, &beside);
    let scopes = operations.as_ref().map_or(beside, |operations| operations.scopes(description.as_ref()));
    Ok((Some(scopes), (operations != key.operations).then_some(operations)))
}

/// Limits and credits in the place of the key's; those that are so already are no change.
pub(super) fn check_limits(
    key: &Key,
    rate_limits: Option<&[NewRateLimit]>,
    credits: Option<Option<NewCredits>>,
    checks: &mut Checks,
) -> (Option<Vec<RateLimit>>, Option<Option<CreditChange>>) {
    let rate_limits = checks.take_some(rate_limits.map(|typed| limits::rate_limits("rate_limits", typed)));
    let check = |typed: NewCredits| checks.take(limits::credits("credits", &typed, key.credits.as_ref()));
    let credits = credits.map(|typed| typed.map(check));
    let changes = |credits: &Option<CreditChange>| limits::changes_credits(credits.as_ref(), key.credits.as_ref());
    (rate_limits.filter(|limits| *limits != key.rate_limits), credits.filter(changes))
}

/// Writes the change with an audit row that says what changed: metadata, labels and addresses by name only.
pub(super) async fn write(core: &Core, key: &Key, change: &KeyChange, audit: AuditEntry) -> Result<Key, Error> {
    let changed: Vec<&str> = [
        ("name", change.name.is_some()),
        ("scopes", change.scopes.is_some()),
        ("operations", change.operations.is_some()),
        ("expires_at", change.expires_at.is_some()),
        ("owner", change.owner.is_some()),
        ("metadata", change.metadata.is_some()),
        ("labels", change.labels.is_some()),
        ("rate_limits", change.rate_limits.is_some()),
        ("credits", change.credits.is_some()),
        ("allowed_ips", change.allowed_ips.is_some()),
        ("denied_ips", change.denied_ips.is_some()),
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
    if let Some(operations) = &change.operations {
        audit = audit.with("operations", operations_for_audit(operations.as_ref()));
    }
    if let Some(limits) = &change.rate_limits {
        audit = audit.with("rate_limits", limits::rate_limits_for_audit(limits));
    }
    if let Some(credits) = &change.credits {
        audit = audit.with("credits", limits::credit_change_for_audit(credits.as_ref()));
    }
    if let Some(end) = change.expires_at {
        audit = audit.with("expires_at", end.map(|end| end.to_string()));
    }
    match core.store.update_key(&key.org, &key.id, change, &audit).await {
        Err(StoreError::Stale) => Err(already_revoked()),
        written => Ok(written?),
    }
}
