use latchkey_types::InitialAccessTokenId;

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Ends an initial access token at once. The clients that it registered stay. Needs
/// [`Action::ManageInitialAccessTokens`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's; [`Error::Forbidden`].
pub async fn revoke(core: &Core, caller: &Caller, org: &str, id: &InitialAccessTokenId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageInitialAccessTokens).await?.org;
    let target = ("initial_access_token", id.as_str());
    let audit = core.audit_entry(caller, Some(&org.id), "initial_access_token.revoke", target);
    Ok(core.store.revoke_initial_access_token(&org.id, id, core.clock.now(), &audit).await?)
}
