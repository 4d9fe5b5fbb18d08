//! Access requests: how another organisation comes by the scopes of a public API that need approval.

use latchkey_types::{ApiId, RequestId, ScopeSet};

use super::read::owned;
use super::{AccessRequest, AccessRequestStatus, Api, ConsumerPolicy, ScopeGrant, Visibility};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error, FieldError};
use crate::orgs::Org;
use crate::ports::{Listed, Page, StoreError};
use crate::random;
use crate::validation::{self, Checked, Checks, wrong};

/// Asks for scopes of another organisation's public API (id or audience). Needs [`crate::Action::ManageCredentials`].
/// One request for an API waits at a time.
///
/// # Errors
/// [`Error::Invalid`] for what can't be asked for, [`Error::Forbidden`] where the API's owner has blocked the
/// organisation, [`Conflict::AlreadyRequested`] while another request waits.
pub async fn request_access(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &str,
    scopes: Vec<String>,
    reason: &str,
) -> Result<AccessRequest, Error> {
    let org = core.enter(caller, org, Action::ManageCredentials).await?.org;
    let mut checks = Checks::default();
    let reason = checks.take(validation::reason("reason", reason));
    let asked = checks.take(validation::scopes("scopes", &scopes));
    let api = checks.take(requestable(core, &org, api).await?.map(Some));
    checks.finish()?;
    let api = api.ok_or(Error::NotFound)?;
    let policy = core.store.consumer_policy(&api.id, &org.id).await?;
    if policy.blocked_at.is_some() {
        return Err(Error::Forbidden("the API's owner has blocked this organisation; ask them to unblock it"));
    }
    need_approval(&api, &policy, &scopes).map_err(Error::Invalid)?;

    let request = AccessRequest {
        id: random::id(core.random.as_ref()),
        org: org.id,
        org_slug: org.slug,
        api: api.id,
        api_name: api.name,
        scopes: asked,
        reason,
        status: AccessRequestStatus::Pending,
        created_at: core.clock.now(),
        decided_at: None,
    };
    let audit = core
        .audit_entry(caller, Some(&request.org), "access_request.create", ("access_request", request.id.as_str()))
        .with("api", request.api.as_str())
        .with("scopes", request.scopes.to_string())
        .with("reason", request.reason.as_str());
    match core.store.insert_access_request(&request, &audit).await {
        Ok(()) => Ok(request),
        Err(StoreError::Taken(_)) => Err(Error::conflict(
            Conflict::AlreadyRequested,
            "a request for this API waits already: let the API's owner decide it first",
        )),
        Err(error) => Err(error.into()),
    }
}

/// What the organisation asked for, newest first. Needs [`crate::Action::ReadApis`].
pub async fn own_access_requests(
    core: &Core,
    caller: &Caller,
    org: &str,
    page: &Page,
) -> Result<Listed<AccessRequest>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    Ok(core.store.list_access_requests_of(&org.id, page).await?)
}

/// What others ask for at the organisation's API, newest first. Needs [`crate::Action::ReadApis`].
pub async fn access_requests(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    page: &Page,
) -> Result<Listed<AccessRequest>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    Ok(core.store.list_access_requests_for(&api.id, page).await?)
}

/// Approves or denies; approval adds the scopes to what the consumer may hold. Needs [`crate::Action::ManageApis`].
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::AlreadyDecided`].
pub async fn decide_access_request(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    id: &RequestId,
    approve: bool,
) -> Result<AccessRequest, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    let request = core.store.find_access_request(&api.id, id).await?.ok_or(Error::NotFound)?;
    let (decision, action) = if approve {
        (AccessRequestStatus::Approved, "access_request.approve")
    } else {
        (AccessRequestStatus::Denied, "access_request.deny")
    };
    let audit = core
        .audit_entry(caller, Some(&org.id), action, ("access_request", id.as_str()))
        .with("api", api.id.as_str())
        .with("org", request.org_slug)
        .with("scopes", request.scopes.to_string());
    let decided = core.store.decide_access_request(&api.id, id, decision, core.clock.now(), &audit).await?;
    decided.ok_or_else(|| Error::conflict(Conflict::AlreadyDecided, "this request was decided already"))
}

/// The API of this id or audience, where an organisation may ask for its scopes. A foreign private one is as good as none.
async fn requestable(core: &Core, org: &Org, api: &str) -> Result<Checked<Api>, Error> {
    let found = match api.parse::<ApiId>() {
        Ok(id) => core.store.find_api(&id).await?,
        Err(_) if validation::audience("api", api).is_ok() => core.store.find_api_by_audience(api).await?,
        Err(_) => None,
    };
    Ok(match found {
        Some(api) if api.org == org.id => wrong("api", "this API is your own: you hold all its scopes already"),
        Some(api) if api.visibility == Visibility::Public => Ok(api),
        _ => wrong("api", "give the id or the audience of an API in the catalogue"),
    })
}

/// Whether every scope that was asked for needs approval and lacks it.
fn need_approval(api: &Api, policy: &ConsumerPolicy, typed: &[String]) -> Checked<()> {
    if typed.is_empty() {
        return wrong("scopes", "name at least one scope that needs approval");
    }
    let self_service: ScopeSet = api.self_service_scopes();
    let by_approval = |scope: &str| {
        api.scopes.iter().any(|known| known.name.as_str() == scope && known.grant == ScopeGrant::Approval)
    };
    let errors: Vec<FieldError> = typed
        .iter()
        .enumerate()
        .filter_map(|(position, scope)| {
            let detail = if self_service.contains(scope) {
                "this scope needs no approval: take it when you make a key or an app"
            } else if !by_approval(scope) {
                "this API has no such scope"
            } else if policy.scopes.contains(scope) {
                "this scope is approved already"
            } else {
                return None;
            };
            Some(FieldError::new(format!("scopes/{position}"), detail))
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
