use latchkey_types::{ApiId, Scope, ScopeSet};

use crate::apis::operations::{GrantableOperation, grantable_operations};
use crate::apis::{Api, Visibility};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Error, FieldError};
use crate::orgs::Org;
use crate::ports::Page;
use crate::validation::{Checked, MAX_SCOPES, wrong};

/// The most APIs to choose from.
const MOST: u32 = 200;

/// The APIs that an organisation may hold credentials for, with the scopes it may take: its own, and public ones.
#[derive(Clone, Debug)]
pub struct GrantableApi {
    /// The API.
    pub api: Api,
    /// Whether it is the organisation's own.
    pub own: bool,
    /// What the organisation may take of it.
    pub scopes: ScopeSet,
    /// Its operations that the organisation may be granted, once [`load_operations`] has loaded them.
    pub operations: Vec<GrantableOperation>,
    /// Whether it has a document with operations that weren't loaded, as far as [`load_operations`] has looked.
    pub has_more_operations: bool,
    /// Whether the API's owner has blocked the organisation: it gets no new credentials then.
    pub blocked: bool,
}

/// What a new credential of this organisation can be for, own APIs first, at most 200. Not those whose owner has blocked it.
/// Without their operations.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`].
pub async fn grantable_apis(core: &Core, caller: &Caller, org: &str) -> Result<Vec<GrantableApi>, Error> {
    let access = core.enter(caller, org, Action::ReadApis).await?;
    let page = Page { limit: MOST, cursor: None };
    let own = core.store.list_apis(&access.org.id, None, &page).await?.items;
    let public = core.store.list_public_apis(None, &page).await?.items;
    let foreign = public.into_iter().map(|(api, _)| api).filter(|api| api.org != access.org.id);
    let mut grantable = Vec::new();
    for api in own.into_iter().chain(foreign).take(MOST as usize) {
        let api = grantable_api(core, &access.org, api).await?;
        if !api.blocked {
            grantable.push(api);
        }
    }
    Ok(grantable)
}

/// Loads the operations of those that are wanted; of the others it notes whether they have any. A document is large, and a
/// form shows few of them.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn load_operations(
    core: &Core,
    apis: &mut [GrantableApi],
    wanted: impl Fn(&Api) -> bool,
) -> Result<(), Error> {
    let ids: Vec<ApiId> = apis.iter().map(|known| known.api.id.clone()).collect();
    let documented = core.store.with_operation_table(&ids).await?;
    for known in apis.iter_mut().filter(|known| documented.contains(&known.api.id)) {
        if wanted(&known.api) {
            known.operations = grantable_operations(core, known).await?;
        } else {
            known.has_more_operations = true;
        }
    }
    Ok(())
}

/// The API of this id or audience, where the organisation may hold credentials for it. Another organisation's private
/// API isn't there.
pub(crate) async fn find_grantable(core: &Core, org: &Org, api: &str) -> Result<Option<GrantableApi>, Error> {
    let found = match api.parse::<ApiId>() {
        Ok(id) => core.store.find_api(&id).await?,
        Err(_) if is_askable(api) => core.store.find_api_by_audience(api).await?,
        Err(_) => None,
    };
    match found.filter(|api| api.org == org.id || api.visibility == Visibility::Public) {
        Some(api) => grantable_api(core, org, api).await.map(Some),
        None => Ok(None),
    }
}

/// Whether it can be an audience at all. A text with NUL can't even be asked for on every database (F-27).
fn is_askable(audience: &str) -> bool {
    audience.len() <= crate::validation::MAX_AUDIENCE_LENGTH && audience.bytes().all(|byte| byte.is_ascii_graphic())
}

async fn grantable_api(core: &Core, org: &Org, api: Api) -> Result<GrantableApi, Error> {
    if api.org == org.id {
        return Ok(GrantableApi {
            scopes: api.scope_set(),
            api,
            operations: Vec::new(),
            has_more_operations: false,
            own: true,
            blocked: false,
        });
    }
    let policy = core.store.consumer_policy(&api.id, &org.id).await?;
    let scopes = api.scopes_open_to(&org.id, &policy);
    Ok(GrantableApi {
        api,
        own: false,
        scopes,
        operations: Vec::new(),
        has_more_operations: false,
        blocked: policy.blocked_at.is_some(),
    })
}

/// An API that new credentials can be for.
pub(crate) fn check_open(field: &str, api: Option<GrantableApi>) -> Checked<GrantableApi> {
    match api {
        None => wrong(field, "unknown: give the id or audience of an API of your own, or of a public one"),
        Some(api) if api.blocked => wrong(field, "the owner of this API has blocked your organisation"),
        Some(api) => Ok(api),
    }
}

/// Scopes as typed that the organisation may take; each bad one is named by its place. Where the API isn't known, only
/// their form can be checked.
pub(crate) fn check_scopes(field: &str, typed: &[String], api: Option<&GrantableApi>) -> Checked<ScopeSet> {
    if typed.len() > MAX_SCOPES {
        return wrong(field, format!("at most {MAX_SCOPES} scopes"));
    }
    let mut errors = Vec::new();
    let mut good = Vec::with_capacity(typed.len());
    for (position, text) in typed.iter().enumerate() {
        match check_scope(text, api) {
            Ok(scope) => good.push(scope),
            Err(detail) => errors.push(FieldError::new(format!("{field}/{position}"), detail)),
        }
    }
    if errors.is_empty() { Ok(good.into_iter().collect()) } else { Err(errors) }
}

fn check_scope(text: &str, api: Option<&GrantableApi>) -> Result<Scope, String> {
    let scope: Scope = text.parse().map_err(|error: latchkey_types::ScopeError| error.to_string())?;
    let Some(api) = api else { return Ok(scope) };
    if api.scopes.contains(scope.as_str()) {
        Ok(scope)
    } else if api.api.scope_set().contains(scope.as_str()) {
        Err(format!("{scope} needs the approval of the API's owner: ask for access first"))
    } else {
        Err(format!("{scope} is not a scope of this API"))
    }
}
