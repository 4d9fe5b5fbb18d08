use super::new_secret::new_secret;
use super::{App, AuthMethod, NewGrant, grants};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::keys::refuse_suspended;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checks};

/// What a new app is to be, as typed.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// What it may ask for; none is fine, until it asks.
    pub grants: Vec<NewGrant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
}

/// An app that was just made, with its first secret, once.
#[derive(Clone, Debug)]
pub struct CreatedApp {
    /// The app.
    pub app: App,
    /// Its client secret.
    pub client_secret: PlainSecret,
}

/// Makes an app with its first secret. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] where the organisation is suspended.
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewApp) -> Result<CreatedApp, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let grants = grants::check(core, &access.org, &new.grants, &mut checks).await?;
    checks.finish()?;

    let id = random::id(core.random.as_ref());
    let (client_secret, secret) = new_secret(core).await?;
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "app.create", ("app", id.as_str()))
        .with("name", name.as_str())
        .with("grants", grants::for_audit(&grants))
        .with("auth_method", new.auth_method.as_str())
        .with("secret", secret.secret.id.as_str());
    let app = App {
        id,
        org: access.org.id,
        name,
        grants,
        auth_method: new.auth_method,
        created_at: core.clock.now(),
        created_by: audit.actor_id.clone().unwrap_or_else(|| audit.actor_kind.clone()),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    };
    core.store.insert_app(&app, &secret, &audit).await?;
    Ok(CreatedApp { app, client_secret })
}
