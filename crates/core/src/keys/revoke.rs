use latchkey_types::KeyId;

use super::Key;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::{self, Checks};

/// Ends a key for good; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn revoke(core: &Core, caller: &Caller, org: &str, id: &KeyId, reason: Option<String>) -> Result<Key, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let mut checks = Checks::default();
    let reason =
        checks.take_some(reason.map(|text| validation::reason("reason", &text))).filter(|text| !text.is_empty());
    checks.finish()?;
    let mut audit = core.audit_entry(caller, Some(&access.org.id), "key.revoke", ("key", id.as_str()));
    if let Some(reason) = &reason {
        audit = audit.with("reason", reason.as_str());
    }
    Ok(core.store.revoke_key(&access.org.id, id, core.clock.now(), reason.as_deref(), &audit).await?)
}
