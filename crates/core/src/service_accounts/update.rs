use latchkey_types::{Role, ServiceAccountId};

use super::{ServiceAccount, ServiceAccountChange, already_revoked, grants, managed, roles};
use crate::apps::NewGrant;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::limits::{self, NewRateLimit};
use crate::ports::StoreError;
use crate::validation::{self, Checks};

/// Grants to put in the place of those that are there: a list, or what the role says.
pub type GrantsPatch = Option<Vec<NewGrant>>;

/// Members of a service account to change, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ServiceAccountPatch {
    /// Another name.
    pub name: Option<String>,
    /// All roles, anew; at most the caller's own role.
    pub roles: Option<Vec<Role>>,
    /// All grants, anew.
    pub grants: Option<GrantsPatch>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<NewRateLimit>>,
    /// Other addresses that it may come from.
    pub allowed_ips: Option<Vec<String>>,
    /// Other addresses that it may not come from.
    pub denied_ips: Option<Vec<String>>,
}

/// Changes a service account. Needs [`crate::Action::ManageServiceAccounts`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked; [`Error::Invalid`] with every bad member;
/// [`Error::Forbidden`] for a role above the caller's own.
pub async fn update(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
    patch: ServiceAccountPatch,
) -> Result<ServiceAccount, Error> {
    let (access, account) = managed(core, caller, org, id).await?;
    if account.revoked_at.is_some() {
        return Err(already_revoked());
    }
    roles::refuse_higher(&access, patch.roles.as_deref().unwrap_or_default())?;
    let mut checks = Checks::default();
    let mut change = ServiceAccountChange {
        name: checks.take_some(patch.name.map(|name| validation::name("name", &name))),
        roles: checks.take_some(patch.roles.map(|typed| roles::check("roles", &typed))),
        grants: None,
        rate_limits: checks
            .take_some(patch.rate_limits.as_deref().map(|typed| limits::rate_limits("rate_limits", typed)))
            .filter(|limits| *limits != account.rate_limits),
        allowed_ips: checks.take_some(patch.allowed_ips.map(|typed| validation::ip_list("allowed_ips", &typed))),
        denied_ips: checks.take_some(patch.denied_ips.map(|typed| validation::ip_list("denied_ips", &typed))),
    };
    if let Some(typed) = patch.grants {
        change.grants = Some(grants::check(core, &access.org, typed.as_deref(), &mut checks).await?);
    }
    checks.finish()?;
    if change == ServiceAccountChange::default() {
        return Ok(account);
    }
    let mut audit =
        core.audit_entry(caller, Some(&access.org.id), "service_account.update", ("service_account", id.as_str()));
    if let Some(name) = &change.name {
        audit = audit.with("name", name.as_str());
    }
    if let Some(limits) = &change.rate_limits {
        audit = audit.with("rate_limits", limits::rate_limits_for_audit(limits));
    }
    if let Some(roles) = &change.roles {
        audit = audit.with("roles", grants::roles_for_audit(roles));
    }
    if let Some(granted) = &change.grants {
        audit = audit.with("grants", grants::for_audit(granted));
    }
    for (name, networks) in [("allowed_ips", &change.allowed_ips), ("denied_ips", &change.denied_ips)] {
        if let Some(networks) = networks {
            audit = audit.with(name, networks.len());
        }
    }
    match core.store.update_service_account(&access.org.id, id, &change, &audit).await {
        Err(StoreError::Stale) => Err(already_revoked()),
        written => Ok(written?),
    }
}
