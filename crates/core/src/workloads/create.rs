use latchkey_types::{AppId, Role, ServiceAccountId, WorkloadRuleId};
use serde_json::{Map, Value};

use super::{MAX_WORKLOAD_RULES, WorkloadRule, check};
use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::{Conflict, Error};
use crate::keys::refuse_suspended;
use crate::random;
use crate::validation::Checks;

/// What a new rule is to be, as typed.
#[derive(Clone, Debug)]
pub struct NewWorkloadRule {
    /// `iss` of the tokens.
    pub issuer: String,
    /// What stands in their `aud`.
    pub audience: String,
    /// What their claims must be; see [`WorkloadRule::claims`].
    pub claims: Map<String, Value>,
    /// The issuer's keys, a JWK Set; `None`: by discovery.
    pub jwks: Option<Value>,
    /// Whom they stand for: `app_…` or `sa_…`.
    pub principal: String,
}

/// Makes a rule. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] for a service account whose role is above the caller's
/// own, and where the organisation is suspended; [`Conflict::TooManyRules`].
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewWorkloadRule) -> Result<WorkloadRule, Error> {
    let access = core.enter(caller, org, Action::ManageWorkloadRules).await?;
    refuse_suspended(&access.org)?;
    let mut checks = Checks::default();
    let issuer = checks.take(check::issuer("issuer", &new.issuer, &core.settings.issuer));
    let audience = checks.take(check::audience("audience", &new.audience));
    let claims = checks.take(check::claims("claims", &new.claims));
    let jwks = checks.take_some(new.jwks.map(|jwks| check::jwks("jwks", &jwks))).flatten();
    match role_of(core, &access, &new.principal).await? {
        None => checks.note("principal", "give the id of an app or service account of yours that isn't revoked"),
        Some(role) if role > access.role => {
            return Err(Error::Forbidden("a service account of a higher role is managed by who has that role"));
        }
        Some(_) => {}
    }
    checks.finish()?;

    let id: WorkloadRuleId = random::id(core.random.as_ref());
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "workload_rule.create", ("workload_rule", id.as_str()))
        .with("issuer", issuer.as_str())
        .with("audience", audience.as_str())
        .with("claims", serde_json::to_value(&claims).expect("a map of texts"))
        .with("principal", new.principal.as_str());
    let rule = WorkloadRule {
        id,
        org: access.org.id,
        issuer,
        audience,
        claims,
        jwks,
        principal: new.principal,
        created_at: core.clock.now(),
        created_by: audit.actor().to_owned(),
    };
    if core.store.insert_workload_rule(&rule, &audit).await? {
        Ok(rule)
    } else {
        Err(Error::conflict(
            Conflict::TooManyRules,
            format!("there are {MAX_WORKLOAD_RULES} workload rules, which is the most: delete one first"),
        ))
    }
}

/// What the principal may do in the organisation, where it is one of it: an app nothing more than any member.
async fn role_of(core: &Core, access: &Access, principal: &str) -> Result<Option<Role>, Error> {
    if let Ok(id) = principal.parse::<AppId>() {
        let app = core.store.find_app(&access.org.id, &id).await?;
        return Ok(app.filter(|app| app.revoked_at.is_none()).map(|_| Role::Viewer));
    }
    let Ok(id) = principal.parse::<ServiceAccountId>() else { return Ok(None) };
    let account = core.store.find_service_account(&access.org.id, &id).await?;
    Ok(account.filter(|account| account.revoked_at.is_none()).map(|account| account.role()))
}
