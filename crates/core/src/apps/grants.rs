use serde_json::Value;

use super::{AppGrant, Exchange};
use crate::apis::operations::{GrantedOperations, check_operations, description_for, operations_for_audit};
use crate::core::Core;
use crate::error::Error;
use crate::keys::{check_open, check_scopes, find_grantable};
use crate::orgs::Org;
use crate::tiers::SecurityTier;
use crate::validation::Checks;

/// The most APIs that one app may be granted.
pub const MAX_GRANTS: usize = 50;

/// A grant as typed: the API's id or audience, and scopes.
#[derive(Clone, Debug, Default)]
pub struct NewGrant {
    /// The API's id or its audience.
    pub api: String,
    /// What the app may ask for there.
    pub scopes: Vec<String>,
    /// What it may ask for besides, by `operationId`.
    pub operations: Vec<String>,
    /// How the app may exchange tokens for this API; `None`: by delegation.
    pub exchange: Option<Vec<Exchange>>,
}

/// Grants that are good.
#[derive(Clone, Debug)]
pub(crate) struct CheckedGrants {
    /// What is granted.
    pub(crate) grants: Vec<AppGrant>,
    /// The strictest tier among the organisation's own and those of the APIs' owners.
    pub(crate) tier: SecurityTier,
}

/// Checks grants as typed, as scopes of keys are checked; each bad one is named by its place: `grants/1/api`.
pub(crate) async fn check(
    core: &Core,
    org: &Org,
    typed: &[NewGrant],
    checks: &mut Checks,
) -> Result<CheckedGrants, Error> {
    let mut tier = org.security_tier;
    if typed.len() > MAX_GRANTS {
        checks.note("grants", format!("at most {MAX_GRANTS} APIs"));
        return Ok(CheckedGrants { grants: Vec::new(), tier });
    }
    let mut grants: Vec<AppGrant> = Vec::with_capacity(typed.len());
    for (position, grant) in typed.iter().enumerate() {
        let api_field = format!("grants/{position}/api");
        let found = find_grantable(core, org, &grant.api).await?;
        let api = checks.take(check_open(&api_field, found).map(Some));
        let beside = checks.take(check_scopes(&format!("grants/{position}/scopes"), &grant.scopes, api.as_ref()));
        let description = description_for(core, api.as_ref(), &grant.operations).await?;
        let field = format!("grants/{position}/operations");
        let names = checks.take(check_operations(&field, &grant.operations, api.as_ref(), description.as_ref()));
        let operations = GrantedOperations::of(names, &beside);
        let scopes = operations.as_ref().map_or(beside, |operations| operations.scopes(description.as_ref()));
        let Some(api) = api else { continue };
        if grants.iter().any(|other| other.api == api.api.id) {
            checks.note(api_field, "this API is granted already: give all its scopes at once");
        } else {
            let mut exchange = grant.exchange.clone().unwrap_or_else(|| vec![Exchange::Delegation]);
            exchange.sort_unstable();
            exchange.dedup();
            tier = tier.max(api.api.owner_tier);
            grants.push(AppGrant { api: api.api.id, scopes, operations, exchange });
        }
    }
    Ok(CheckedGrants { grants, tier })
}

/// Grants as the audit log shows them.
pub(crate) fn for_audit(grants: &[AppGrant]) -> Value {
    grants
        .iter()
        .map(|grant| {
            let exchange: Vec<&str> = grant.exchange.iter().map(|way| way.as_str()).collect();
            let operations = operations_for_audit(grant.operations.as_ref());
            serde_json::json!({
                "api": grant.api, "scopes": grant.scopes.to_string(), "operations": operations, "exchange": exchange,
            })
        })
        .collect()
}
