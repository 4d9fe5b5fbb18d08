use latchkey_types::{AppId, AppSecretId};

use super::new_secret::new_secret;
use super::{AppSecret, SecretUse, already_revoked, get};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::keys::refuse_suspended;
use crate::plain_secret::PlainSecret;

/// A client secret that was just made, once.
#[derive(Clone, Debug)]
pub struct CreatedAppSecret {
    /// What stays visible of it.
    pub secret: AppSecret,
    /// The client secret.
    pub client_secret: PlainSecret,
}

/// An app's live secrets, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where the app isn't the organisation's.
pub async fn list_secrets(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<Vec<AppSecret>, Error> {
    let app = get(core, caller, org, id).await?;
    Ok(core.store.list_app_secrets(&app.org, &app.id).await?)
}

/// A second secret; two are the most ([`Conflict::TooManySecrets`]). Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Conflict::AlreadyRevoked`] where the app is revoked; [`Error::Forbidden`] where the organisation is suspended;
/// [`Error::Invalid`] where a secret would prove nothing.
pub async fn create_secret(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<CreatedAppSecret, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    let app = core.store.find_app(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    if app.revoked_at.is_some() {
        return Err(already_revoked());
    }
    if !app.auth_method.is_by_secret() && app.secret_use != SecretUse::Bootstrap {
        return Err(Error::invalid(
            "auth_method",
            "an app of this `auth_method` has no secrets: one would prove nothing",
        ));
    }
    let (client_secret, new) = new_secret(core, access.org.security_tier).await?;
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "app.secret.create", ("app", id.as_str()))
        .with("secret", new.secret.id.as_str());
    if core.store.insert_app_secret(&access.org.id, id, &new, &audit).await? {
        Ok(CreatedAppSecret { secret: new.secret, client_secret })
    } else {
        Err(Error::conflict(Conflict::TooManySecrets, "an app has at most two live secrets: delete one first"))
    }
}

/// Ends a secret; the last one too. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't a live secret of this app of the organisation.
pub async fn delete_secret(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &AppId,
    secret: &AppSecretId,
) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "app.secret.delete", ("app", id.as_str()))
        .with("secret", secret.as_str());
    Ok(core.store.delete_app_secret(&access.org.id, id, secret, &audit).await?)
}
