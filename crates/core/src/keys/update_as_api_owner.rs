use latchkey_types::{ApiId, KeyId};
use serde_json::{Map, Value};

use super::update::{check_limits, write};
use super::{Key, KeyChange, already_revoked};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{NewCredits, NewRateLimit};
use crate::validation::{self, Checks};

/// What an API's owner may change about a key for its API, whoever holds it; `None` leaves it, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct ApiOwnerPatch {
    /// Another owner, or none.
    pub owner: Option<Option<String>>,
    /// Other metadata.
    pub metadata: Option<Map<String, Value>>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<NewRateLimit>>,
    /// Other credits, or none.
    pub credits: Option<Option<NewCredits>>,
}

/// Changes what is the API owner's to set about a key for its API (contract section 10, "Who owns what"). `org` is the
/// API's owner. Needs [`Action::ManageApis`]. The row stands in the log of the API's owner, who acted.
///
/// # Errors
/// [`Error::NotFound`] where the API isn't the organisation's or the key isn't for it;
/// [`crate::Conflict::AlreadyRevoked`]; [`Error::Invalid`] with every bad member.
pub async fn update_as_api_owner(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    id: &KeyId,
    patch: ApiOwnerPatch,
) -> Result<Key, Error> {
    let access = core.enter(caller, org, Action::ManageApis).await?;
    core.store.find_api(api).await?.filter(|api| api.org == access.org.id).ok_or(Error::NotFound)?;
    let row = core.store.find_verifiable_key(id).await?.filter(|row| row.key.api == *api).ok_or(Error::NotFound)?;
    if row.key.revoked_at.is_some() {
        return Err(already_revoked());
    }
    let mut checks = Checks::default();
    let (rate_limits, credits) = check_limits(&row.key, patch.rate_limits.as_deref(), patch.credits, &mut checks);
    let change = KeyChange {
        owner: checks
            .take_some(patch.owner.map(|owner| validation::owner("owner", owner.as_deref().unwrap_or_default()))),
        metadata: checks.take_some(patch.metadata.map(|given| validation::metadata("metadata", &given))),
        rate_limits,
        credits,
        ..KeyChange::default()
    };
    checks.finish()?;
    if change == KeyChange::default() {
        return Ok(row.key);
    }
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "key.update", ("key", id.as_str()))
        .with("holder", row.holder.slug.as_str());
    write(core, &row.key, &change, audit).await
}
