use latchkey_types::ActionTokenId;

use super::ActionToken;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// An organisation's action token. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], also for one that is long over; [`Error::Forbidden`].
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &ActionTokenId) -> Result<ActionToken, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    core.store.find_action_token(&org.id, id).await?.ok_or(Error::NotFound)
}
