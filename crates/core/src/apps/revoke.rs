use latchkey_types::AppId;

use super::App;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::{self, Checks};

/// Ends an app for good, and with it its tokens; again is fine. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn revoke(core: &Core, caller: &Caller, org: &str, id: &AppId, reason: Option<String>) -> Result<App, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let mut checks = Checks::default();
    let reason =
        checks.take_some(reason.map(|text| validation::reason("reason", &text))).filter(|text| !text.is_empty());
    checks.finish()?;
    let mut audit = core.audit_entry(caller, Some(&access.org.id), "app.revoke", ("app", id.as_str()));
    if let Some(reason) = &reason {
        audit = audit.with("reason", reason.as_str());
    }
    Ok(core.store.revoke_app(&access.org.id, id, core.clock.now(), reason.as_deref(), &audit).await?)
}
