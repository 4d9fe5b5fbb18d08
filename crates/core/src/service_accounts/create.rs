use latchkey_jose::AddressRules;
use latchkey_types::{Role, ServiceAccountId};
use serde_json::Value;

use super::{ServiceAccount, grants, roles};
use crate::apps::{ClientKey, NewGrant};
use crate::caller::{Action, Caller};
use crate::client_keys;
use crate::core::Core;
use crate::error::Error;
use crate::keys::refuse_suspended;
use crate::limits::{self, NewRateLimit};
use crate::random;
use crate::validation::{self, Checks};

/// What a new service account is to be, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewServiceAccount {
    /// What people call it.
    pub name: String,
    /// What it may do in its organisation; at most the caller's own role.
    pub roles: Vec<Role>,
    /// Its public keys, a JWK Set; without one it gets tokens only by workload rules, or once it has a key.
    pub jwks: Option<Value>,
    /// What it may ask for; `None`: what its role says.
    pub grants: Option<Vec<NewGrant>>,
    /// How often its tokens may be used, all together, at the APIs of its own organisation.
    pub rate_limits: Vec<NewRateLimit>,
    /// CIDRs or single addresses that it may come from.
    pub allowed_ips: Vec<String>,
    /// CIDRs or single addresses that it may not come from.
    pub denied_ips: Vec<String>,
}

/// A service account that was just made.
#[derive(Clone, Debug)]
pub struct CreatedServiceAccount {
    /// The account.
    pub account: ServiceAccount,
    /// Its keys.
    pub keys: Vec<ClientKey>,
}

/// Makes a service account. Needs [`Action::ManageServiceAccounts`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] for a role above the caller's own, and where the
/// organisation is suspended.
pub async fn create(
    core: &Core,
    caller: &Caller,
    org: &str,
    new: NewServiceAccount,
) -> Result<CreatedServiceAccount, Error> {
    let access = core.enter(caller, org, Action::ManageServiceAccounts).await?;
    refuse_suspended(&access.org)?;
    roles::refuse_higher(&access, &new.roles)?;
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let roles = checks.take(roles::check("roles", &new.roles));
    let grants = grants::check(core, &access.org, new.grants.as_deref(), &mut checks).await?;
    let keys = checks.take_some(new.jwks.map(|jwks| client_keys::check_set(core, "jwks", &jwks))).unwrap_or_default();
    let rate_limits = checks.take(limits::rate_limits("rate_limits", &new.rate_limits));
    let addresses = AddressRules {
        allowed: checks.take(validation::ip_list("allowed_ips", &new.allowed_ips)),
        denied: checks.take(validation::ip_list("denied_ips", &new.denied_ips)),
    };
    checks.finish()?;

    let id: ServiceAccountId = random::id(core.random.as_ref());
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "service_account.create", ("service_account", id.as_str()))
        .with("name", name.as_str())
        .with("roles", grants::roles_for_audit(&roles))
        .with("grants", grants::for_audit(&grants))
        .with("rate_limits", limits::rate_limits_for_audit(&rate_limits))
        .with("keys", keys.iter().map(|key| key.kid.as_str()).collect::<Value>());
    let account = ServiceAccount {
        id,
        org: access.org.id,
        name,
        roles,
        grants,
        addresses,
        rate_limits,
        created_at: core.clock.now(),
        created_by: audit.actor().to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    };
    core.store.insert_service_account(&account, &keys, &audit).await?;
    Ok(CreatedServiceAccount { account, keys })
}
