use serde_json::Value;

use super::{AppGrant, Exchange};
use crate::core::Core;
use crate::error::Error;
use crate::keys::{check_open, check_scopes, find_grantable};
use crate::orgs::Org;
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
    /// How the app may exchange tokens for this API; `None`: by delegation.
    pub exchange: Option<Vec<Exchange>>,
}

/// Checks grants as typed, as scopes of keys are checked; each bad one is named by its place: `grants/1/api`.
pub(crate) async fn check(
    core: &Core,
    org: &Org,
    typed: &[NewGrant],
    checks: &mut Checks,
) -> Result<Vec<AppGrant>, Error> {
    if typed.len() > MAX_GRANTS {
        checks.note("grants", format!("at most {MAX_GRANTS} APIs"));
        return Ok(Vec::new());
    }
    let mut grants: Vec<AppGrant> = Vec::with_capacity(typed.len());
    for (position, grant) in typed.iter().enumerate() {
        let api_field = format!("grants/{position}/api");
        let found = find_grantable(core, org, &grant.api).await?;
        let api = checks.take(check_open(&api_field, found).map(Some));
        let scopes = checks.take(check_scopes(&format!("grants/{position}/scopes"), &grant.scopes, api.as_ref()));
        let Some(api) = api else { continue };
        if grants.iter().any(|other| other.api == api.api.id) {
            checks.note(api_field, "this API is granted already: give all its scopes at once");
        } else {
            let mut exchange = grant.exchange.clone().unwrap_or_else(|| vec![Exchange::Delegation]);
            exchange.sort_unstable();
            exchange.dedup();
            grants.push(AppGrant { api: api.api.id, scopes, exchange });
        }
    }
    Ok(grants)
}

/// Grants as the audit log shows them.
pub(crate) fn for_audit(grants: &[AppGrant]) -> Value {
    grants
        .iter()
        .map(|grant| {
            let exchange: Vec<&str> = grant.exchange.iter().map(|way| way.as_str()).collect();
            serde_json::json!({ "api": grant.api, "scopes": grant.scopes.to_string(), "exchange": exchange })
        })
        .collect()
}
