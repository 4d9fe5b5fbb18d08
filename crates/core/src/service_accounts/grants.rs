use serde_json::Value;

use super::{AccountGrant, AccountGrants};
use crate::apps::{self, NewGrant};
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::validation::Checks;

/// Grants as typed, checked as those of apps are; `None`: what the role says.
pub(super) async fn check(
    core: &Core,
    org: &Org,
    typed: Option<&[NewGrant]>,
    checks: &mut Checks,
) -> Result<AccountGrants, Error> {
    let Some(typed) = typed else { return Ok(AccountGrants::ByRole) };
    let grants = apps::check_grants(core, org, typed, checks).await?;
    Ok(AccountGrants::Listed(
        grants.into_iter().map(|grant| AccountGrant { api: grant.api, scopes: grant.scopes }).collect(),
    ))
}

/// Grants as the audit log shows them.
pub(super) fn for_audit(grants: &AccountGrants) -> Value {
    match grants {
        AccountGrants::ByRole => "by_role".into(),
        AccountGrants::Listed(grants) => grants
            .iter()
            .map(|grant| serde_json::json!({ "api": grant.api, "scopes": grant.scopes.to_string() }))
            .collect(),
    }
}

/// Roles as the audit log shows them.
pub(super) fn roles_for_audit(roles: &[latchkey_types::Role]) -> Value {
    roles.iter().map(|role| role.as_str()).collect()
}
