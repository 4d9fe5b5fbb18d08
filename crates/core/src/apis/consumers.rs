//! Consumers: the other organisations that hold credentials for an API, and what its owner decides for them.

use std::collections::HashMap;

use latchkey_types::{ApiId, OrgId, Timestamp};
use serde_json::{Map, Value, json};

use super::read::owned;
use super::{Api, Consumer, ConsumerPolicy, ConsumerPolicyChange, ScopeGrant};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{self, Left, NewCredits, NewRateLimit};
use crate::operator::CredentialSummary;
use crate::orgs::Org;
use crate::ports::{Listed, Page};
use crate::validation::{self, Checks};

/// What an API's owner decides for a consumer, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct PolicyPatch {
    /// Other metadata, or none.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All approved scopes, anew.
    pub scopes: Option<Vec<String>>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<NewRateLimit>>,
    /// Other credits, or none.
    pub credits: Option<Option<NewCredits>>,
    /// Another of the API's plans, or none.
    pub plan: Option<Option<String>>,
}

/// A consumer with its credentials for the API.
#[derive(Clone, Debug)]
pub struct ConsumerDetail {
    /// Who, and what was decided for it.
    pub consumer: Consumer,
    /// Its credentials for the API, newest first.
    pub credentials: Vec<CredentialSummary>,
    /// What is left to it of its limits and credits, its plan's with it.
    pub left: Left,
}

/// The organisations that hold credentials for the API, by slug. Needs [`crate::Action::ReadApis`].
pub async fn consumers(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    page: &Page,
) -> Result<Listed<ConsumerDetail>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    let Listed { items: consumers, next_cursor } = core.store.list_consumers(&api.id, page).await?;
    let who: Vec<_> = consumers.iter().map(|consumer| (&consumer.org.id, &consumer.policy)).collect();
    let left = limits::left_of_consumers(core, &api, &who).await?;
    let orgs: Vec<OrgId> = consumers.iter().map(|consumer| consumer.org.id.clone()).collect();
    let mut held: HashMap<OrgId, Vec<CredentialSummary>> = HashMap::new();
    for credential in core.store.credentials_for(&api.id, &orgs).await? {
        held.entry(credential.org.clone()).or_default().push(credential);
    }
    let details = consumers.into_iter().zip(left).map(|(consumer, left)| {
        let credentials = held.remove(&consumer.org.id).unwrap_or_default();
        ConsumerDetail { consumer, credentials, left }
    });
    Ok(Listed { items: details.collect(), next_cursor })
}

/// Blocks or unblocks a consumer. Needs [`crate::Action::ManageApis`]. What is already so is no change.
pub async fn set_consumer_blocked(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    consumer: &str,
    blocked: bool,
) -> Result<ConsumerPolicy, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    let consumer = known(core, &api, consumer).await?;
    let policy = core.store.consumer_policy(&api.id, &consumer.id).await?;
    if policy.blocked_at.is_some() == blocked {
        return Ok(policy);
    }
    let since: Option<Timestamp> = blocked.then(|| core.clock.now());
    let change = ConsumerPolicyChange { blocked_at: Some(since), ..ConsumerPolicyChange::default() };
    let action = if blocked { "consumer.block" } else { "consumer.unblock" };
    let audit = core
        .audit_entry(caller, Some(&org.id), action, ("org", consumer.id.as_str()))
        .with("api", api.id.as_str())
        .with("org", consumer.slug);
    Ok(core.store.change_consumer_policy(&api.id, &consumer.id, &change, &audit).await?)
}

/// Decides metadata, scopes and limits for a consumer. Needs [`crate::Action::ManageApis`].
pub async fn set_consumer_policy(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    consumer: &str,
    patch: PolicyPatch,
) -> Result<ConsumerPolicy, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    let consumer = known(core, &api, consumer).await?;
    let mut checks = Checks::default();
    let metadata = patch.metadata.map(|given| given.map(|given| checks.take(validation::metadata("metadata", &given))));
    let by_approval = api.scopes.iter().filter(|scope| scope.grant == ScopeGrant::Approval);
    let allowed = by_approval.map(|scope| scope.name.clone()).collect();
    let scopes = checks.take_some(patch.scopes.map(|typed| {
        validation::scopes_within("scopes", &typed, &allowed, "this API has no such scope that needs approval")
    }));
    let rate_limits =
        checks.take_some(patch.rate_limits.as_deref().map(|typed| limits::rate_limits("rate_limits", typed)));
    let policy = core.store.consumer_policy(&api.id, &consumer.id).await?;
    let check = |typed: NewCredits| checks.take(limits::credits("credits", &typed, policy.credits.as_ref()));
    let credits = patch.credits.map(|typed| typed.map(check));
    if let Some(Some(plan)) = &patch.plan
        && !api.plans.iter().any(|known| known.name == *plan)
    {
        checks.note("plan", "this API has no such plan");
    }
    checks.finish()?;

    let change = ConsumerPolicyChange {
        metadata: metadata.filter(|metadata| *metadata != policy.metadata),
        scopes: scopes.filter(|scopes| *scopes != policy.scopes),
        rate_limits: rate_limits.filter(|limits| *limits != policy.rate_limits),
        credits: credits.filter(|credits| limits::changes_credits(credits.as_ref(), policy.credits.as_ref())),
        plan: patch.plan.filter(|plan| *plan != policy.plan),
        blocked_at: None,
    };
    if change == ConsumerPolicyChange::default() {
        return Ok(policy);
    }
    let mut audit = core
        .audit_entry(caller, Some(&org.id), "consumer.update", ("org", consumer.id.as_str()))
        .with("api", api.id.as_str())
        .with("org", consumer.slug);
    if let Some(scopes) = &change.scopes {
        audit = audit.with("scopes", json!({ "from": policy.scopes.to_string(), "to": scopes.to_string() }));
    }
    if let Some(limits) = &change.rate_limits {
        audit = audit.with("rate_limits", limits::rate_limits_for_audit(limits));
    }
    if let Some(credits) = &change.credits {
        audit = audit.with("credits", limits::credit_change_for_audit(credits.as_ref()));
    }
    if let Some(plan) = &change.plan {
        audit = audit.with("plan", json!({ "from": policy.plan, "to": plan }));
    }
    if let Some(metadata) = &change.metadata {
        audit = audit.with("metadata", json!({ "from": policy.metadata, "to": metadata }));
    }
    Ok(core.store.change_consumer_policy(&api.id, &consumer.id, &change, &audit).await?)
}

/// A consumer of the API, or an organisation that asked for access. Any other is not found, so that nobody learns by
/// trying which organisations there are.
async fn known(core: &Core, api: &Api, slug: &str) -> Result<Org, Error> {
    core.store.find_consumer(&api.id, slug).await?.ok_or(Error::NotFound)
}
