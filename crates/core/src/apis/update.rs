//! Changing APIs.

use latchkey_types::{ApiId, ScopeSet};
use serde_json::json;

use super::definition::{scopes, token_ttl};
use super::operations::UnknownOperations;
use super::read::owned;
use super::{Api, ApiChange, NewScope, Principals, TokenFormat, TwoToken, Visibility};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{self, NewPlan};
use crate::signing::{self, SigningAlg};
use crate::validation::{self, Checks};

/// Members of an API to change, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ApiPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another visibility.
    pub visibility: Option<Visibility>,
    /// All scopes, anew.
    pub scopes: Option<Vec<NewScope>>,
    /// 60 to 3 600.
    pub token_ttl_seconds: Option<i64>,
    /// Another signature for its tokens.
    pub signing_alg: Option<SigningAlg>,
    /// Another look of its tokens.
    pub token_format: Option<TokenFormat>,
    /// All plans, anew.
    pub plans: Option<Vec<NewPlan>>,
    /// Another choice of whom callers may act for.
    pub principals: Option<Principals>,
    /// Another place for required scopes, of calls that come with two tokens.
    pub two_token: Option<TwoToken>,
    /// Another choice of what becomes of unknown operations.
    pub unknown_operations: Option<UnknownOperations>,
}

/// Changes an API. Needs [`crate::Action::ManageApis`]. What is already so is no change.
pub async fn update(core: &Core, caller: &Caller, org: &str, id: &ApiId, patch: ApiPatch) -> Result<Api, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let mut checks = Checks::default();
    let name = checks.take_some(patch.name.as_deref().map(|name| validation::name("name", name)));
    let scopes = checks.take_some(patch.scopes.as_deref().map(|typed| scopes("scopes", typed)));
    let ttl =
        checks.take_some(patch.token_ttl_seconds.map(|typed| token_ttl("token_ttl_seconds", typed, org.security_tier)));
    let plans = checks.take_some(patch.plans.as_deref().map(|typed| limits::plans("plans", typed)));
    checks.finish()?;

    let change = ApiChange {
        name: name.filter(|name| *name != api.name),
        visibility: patch.visibility.filter(|visibility| *visibility != api.visibility),
        scopes: scopes.filter(|scopes| *scopes != api.scopes),
        token_ttl_seconds: ttl.filter(|ttl| *ttl != api.token_ttl_seconds),
        signing_alg: patch.signing_alg.filter(|alg| *alg != api.signing_alg),
        token_format: patch.token_format.filter(|format| *format != api.token_format),
        plans: plans.filter(|plans| *plans != api.plans),
        principals: patch.principals.filter(|principals| *principals != api.principals),
        two_token: patch.two_token.filter(|way| *way != api.two_token),
        unknown_operations: patch.unknown_operations.filter(|choice| *choice != api.unknown_operations),
        ..ApiChange::default()
    };
    if change == ApiChange::default() {
        return Ok(api);
    }
    if let Some(alg) = change.signing_alg {
        // published at once, long before the first token
        signing::signer(core, alg).await?;
    }
    let audit = describe(core.audit_entry(caller, Some(&org.id), "api.update", ("api", id.as_str())), &api, &change);
    Ok(core.store.update_api(&org.id, id, &change, &audit).await?)
}

fn describe(mut audit: AuditEntry, api: &Api, change: &ApiChange) -> AuditEntry {
    if let Some(name) = &change.name {
        audit = audit.with("name", json!({ "from": api.name, "to": name }));
    }
    if let Some(visibility) = change.visibility {
        audit = audit.with("visibility", json!({ "from": api.visibility.as_str(), "to": visibility.as_str() }));
    }
    if let Some(seconds) = change.token_ttl_seconds {
        audit = audit.with("token_ttl_seconds", json!({ "from": api.token_ttl_seconds, "to": seconds }));
    }
    if let Some(alg) = change.signing_alg {
        audit = audit.with("signing_alg", json!({ "from": api.signing_alg.as_str(), "to": alg.as_str() }));
    }
    if let Some(format) = change.token_format {
        audit = audit.with("token_format", json!({ "from": api.token_format.as_str(), "to": format.as_str() }));
    }
    if let Some(way) = change.two_token {
        audit = audit.with("two_token", json!({ "from": api.two_token.as_str(), "to": way.as_str() }));
    }
    if let Some(choice) = change.unknown_operations {
        let (from, to) = (api.unknown_operations.as_str(), choice.as_str());
        audit = audit.with("unknown_operations", json!({ "from": from, "to": to }));
    }
    if let Some(principals) = change.principals {
        audit = audit.with("principals", json!({ "from": api.principals.as_str(), "to": principals.as_str() }));
    }
    if let Some(plans) = &change.plans {
        audit = audit.with("plans", limits::plans_for_audit(plans));
    }
    if let Some(scopes) = &change.scopes {
        let before = api.scope_set();
        let after: ScopeSet = scopes.iter().map(|scope| scope.name.clone()).collect();
        audit = audit
            .with("scopes_added", after.minus(&before).to_string())
            .with("scopes_removed", before.minus(&after).to_string());
    }
    audit
}
