use latchkey_types::{ApiId, AppId, KeyId, ServiceAccountId};

use super::{CallPath, CallPathDefault, CallPaths, MAX_CALL_DEPTH, MAX_CALL_PATHS};
use crate::apis::ApiChange;
use crate::apis::read::owned;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::Checks;

/// One chain, as typed.
#[derive(Clone, Debug)]
pub struct NewCallPath {
    /// `app_…`, `sa_…` or `key_…`.
    pub caller: String,
    /// `app_…` or `sa_…`, latest first.
    pub via: Vec<String>,
}

/// All chains of an API, as typed.
#[derive(Clone, Debug)]
pub struct NewCallPaths {
    /// What becomes of chains that aren't listed.
    pub default: CallPathDefault,
    /// 1 to [`MAX_CALL_DEPTH`].
    pub max_depth: i64,
    /// At most [`MAX_CALL_PATHS`].
    pub items: Vec<NewCallPath>,
}

/// Which chains may reach an API; the default where nobody said anything.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn call_paths(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<CallPaths, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    Ok(owned(core, &org.id, id).await?.call_paths.unwrap_or_default())
}

/// Says anew which chains may reach an API; holds at once for tokens that were issued already. Ids need not be of the
/// same organisation, nor be there yet. Needs [`Action::ManageApis`]. What is already so is no change.
///
/// # Errors
/// [`Error::Invalid`] with every bad member, [`Error::NotFound`], [`Error::Forbidden`].
pub async fn set_call_paths(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
    new: NewCallPaths,
) -> Result<CallPaths, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let paths = check(new)?;
    let before = api.call_paths.clone().unwrap_or_default();
    if api.call_paths.is_some() && before == paths {
        return Ok(paths);
    }
    let audit = core
        .audit_entry(caller, Some(&org.id), "api.call_paths.set", ("api", id.as_str()))
        .with("from", for_audit(&before))
        .with("to", for_audit(&paths));
    let change = ApiChange { call_paths: Some(Some(paths)), ..ApiChange::default() };
    Ok(core.store.update_api(&org.id, id, &change, &audit).await?.call_paths.unwrap_or_default())
}

fn for_audit(paths: &CallPaths) -> serde_json::Value {
    serde_json::to_value(paths).expect("texts and numbers")
}

fn check(new: NewCallPaths) -> Result<CallPaths, Error> {
    let mut checks = Checks::default();
    let max_depth = u32::try_from(new.max_depth).ok().filter(|depth| (1..=MAX_CALL_DEPTH).contains(depth));
    if max_depth.is_none() {
        checks.note("max_depth", format!("1 to {MAX_CALL_DEPTH}"));
    }
    if new.items.len() > MAX_CALL_PATHS {
        return Err(Error::invalid("items", format!("at most {MAX_CALL_PATHS} chains")));
    }
    let max_depth = max_depth.unwrap_or(MAX_CALL_DEPTH);
    let mut items: Vec<CallPath> = Vec::with_capacity(new.items.len());
    for (position, item) in new.items.into_iter().enumerate() {
        let place = format!("items/{position}");
        if !is_caller(&item.caller) {
            checks
                .note(format!("{place}/caller"), "give the id of an app, service account or key: app_…, sa_… or key_…");
        }
        if item.via.len() >= max_depth as usize {
            checks.note(format!("{place}/via"), "the chain is longer than max_depth: the caller counts too");
        }
        let strangers = item.via.iter().enumerate().filter(|(_, via)| !is_program(via));
        for (number, _) in strangers {
            checks.note(format!("{place}/via/{number}"), "give the id of an app or service account: app_… or sa_…");
        }
        let item = CallPath { caller: item.caller, via: item.via };
        if items.contains(&item) {
            checks.note(place, "this chain is listed already");
        }
        items.push(item);
    }
    checks.finish()?;
    Ok(CallPaths { default: new.default, max_depth, items })
}

/// What may be the last of a chain.
fn is_caller(id: &str) -> bool {
    is_program(id) || id.parse::<KeyId>().is_ok()
}

/// What may stand further up: a key's token can't be exchanged.
fn is_program(id: &str) -> bool {
    id.parse::<AppId>().is_ok() || id.parse::<ServiceAccountId>().is_ok()
}
