use serde_json::Value;

use super::{AccountGrant, AccountGrants};
use crate::apis::operations::operations_for_audit;
use crate::apps::{self, AppGrant, NewGrant};
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
    let grants = apps::check_grants(core, org, typed, checks).await?.grants;
    let listed = |grant: AppGrant| AccountGrant { api: grant.api, scopes: grant.scopes, operations: grant.operations };
    Ok(AccountGrants::Listed(grants.into_iter().map(listed).collect()))
}

/// Grants as the audit log shows them.
pub(super) fn for_audit(grants: &AccountGrants) -> Value {
    match grants {
        AccountGrants::ByRole => "by_role".into(),
        AccountGrants::Listed(grants) => grants
            .iter()
            .map(|grant| {
                let operations = operations_for_audit(grant.operations.as_ref());
                serde_json::json!({ "api": grant.api, "scopes": grant.scopes.to_string(), "operations": operations })
            })
            .collect(),
    }
}

/// Roles as the audit log shows them.
pub(super) fn roles_for_audit(roles: &[latchkey_types::Role]) -> Value {
    roles.iter().map(|role| role.as_str()).collect()
}
