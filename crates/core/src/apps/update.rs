use latchkey_types::AppId;

use super::{App, AppChange, AuthMethod, NewGrant, already_revoked, grants};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::StoreError;
use crate::validation::{self, Checks};

/// Members of an app to change, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct AppPatch {
    /// Another name.
    pub name: Option<String>,
    /// All grants, anew.
    pub grants: Option<Vec<NewGrant>>,
    /// Another way to prove who it is.
    pub auth_method: Option<AuthMethod>,
}

/// Changes an app. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked; [`Error::Invalid`] with every bad member.
pub async fn update(core: &Core, caller: &Caller, org: &str, id: &AppId, patch: AppPatch) -> Result<App, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let app = core.store.find_app(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    if app.revoked_at.is_some() {
        return Err(already_revoked());
    }
    let mut checks = Checks::default();
    let mut change = AppChange { auth_method: patch.auth_method, ..AppChange::default() };
    change.name = checks.take_some(patch.name.map(|name| validation::name("name", &name)));
    if let Some(typed) = patch.grants {
        change.grants = Some(grants::check(core, &access.org, &typed, &mut checks).await?);
    }
    checks.finish()?;
    if change == AppChange::default() {
        return Ok(app);
    }
    let mut audit = core.audit_entry(caller, Some(&access.org.id), "app.update", ("app", id.as_str()));
    if let Some(name) = &change.name {
        audit = audit.with("name", name.as_str());
    }
    if let Some(granted) = &change.grants {
        audit = audit.with("grants", grants::for_audit(granted));
    }
    if let Some(method) = change.auth_method {
        audit = audit.with("auth_method", method.as_str());
    }
    match core.store.update_app(&access.org.id, id, &change, &audit).await {
        Err(StoreError::Stale) => Err(already_revoked()),
        written => Ok(written?),
    }
}
