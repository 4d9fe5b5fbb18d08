use latchkey_types::ActionTokenId;

use super::ActionToken;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::{self, Checks};

/// Ends an action token at once, and the access token that it was swapped for. Again is fine. Needs
/// [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's; [`Error::Forbidden`]; [`Error::Invalid`] for a bad reason.
pub async fn revoke(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ActionTokenId,
    reason: Option<String>,
) -> Result<ActionToken, Error> {
    let org = core.enter(caller, org, Action::ManageCredentials).await?.org;
    let mut checks = Checks::default();
    let reason =
        checks.take_some(reason.map(|text| validation::reason("reason", &text))).filter(|text| !text.is_empty());
    checks.finish()?;
    let mut audit = core.audit_entry(caller, Some(&org.id), "action_token.revoke", ("action_token", id.as_str()));
    if let Some(reason) = reason {
        audit = audit.with("reason", reason);
    }
    Ok(core.store.revoke_action_token(&org.id, id, core.clock.now(), &audit).await?)
}
