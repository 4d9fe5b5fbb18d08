use serde_json::Value;

use super::credentials::{self, Credentials};
use super::new_secret::new_secret;
use super::{
    App, AuthMethod, ClientKey, NewCertificate, NewGrant, RepeatedRequest, SecretUse, TokenBinding, certificate, grants,
};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::keys::refuse_suspended;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checks};

/// What a new app is to be, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// What it may ask for; none is fine, until it asks.
    pub grants: Vec<NewGrant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// Its public keys, as a JWK Set.
    pub jwks: Option<Value>,
    /// Where its public keys are to be had.
    pub jwks_uri: Option<String>,
    /// What its secret is for.
    pub secret_use: SecretUse,
    /// Its certificate, where that proves it.
    pub certificate: Option<NewCertificate>,
    /// What its tokens are bound to, always.
    pub token_binding: TokenBinding,
}

/// An app that was just made, with its first secret, once.
#[derive(Clone, Debug)]
pub struct CreatedApp {
    /// The app.
    pub app: App,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// Its client secret, where it has one: to authenticate, or to trade for a key.
    pub client_secret: Option<PlainSecret>,
}

/// Makes an app, with its first secret or its keys, as its way to authenticate wants. Needs
/// [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] where the organisation is suspended.
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewApp) -> Result<CreatedApp, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let grants = grants::check(core, &access.org, &new.grants, &mut checks).await?;
    let certificate = certificate::check(new.auth_method, new.certificate.as_ref(), core.clock.now(), &mut checks);
    let keys = check_credentials(core, &new, &mut checks);
    checks.finish()?;

    let id = random::id(core.random.as_ref());
    let (client_secret, secret) = if new.auth_method.is_by_secret() || new.secret_use == SecretUse::Bootstrap {
        let (plain, stored) = new_secret(core).await?;
        (Some(plain), Some(stored))
    } else {
        (None, None)
    };
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "app.create", ("app", id.as_str()))
        .with("name", name.as_str())
        .with("grants", grants::for_audit(&grants))
        .with("auth_method", new.auth_method.as_str())
        .with("token_binding", new.token_binding.as_str())
        .with("certificate", certificate::for_audit(certificate.as_ref()))
        .with("keys", keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>())
        .with("jwks_uri", new.jwks_uri.as_deref())
        .with("secret_use", new.secret_use.as_str())
        .with("secret", secret.as_ref().map(|stored| stored.secret.id.to_string()));
    let app = App {
        id,
        org: access.org.id,
        name,
        grants,
        auth_method: new.auth_method,
        jwks_uri: new.jwks_uri,
        certificate,
        token_binding: new.token_binding,
        secret_use: new.secret_use,
        tokens_per_day: None,
        repeated_request: RepeatedRequest::default(),
        created_at: core.clock.now(),
        created_by: audit.actor_id.clone().unwrap_or_else(|| audit.actor_kind.clone()),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    };
    core.store.insert_app(&app, secret.as_ref(), &keys, &audit).await?;
    Ok(CreatedApp { app, keys, client_secret })
}

/// What proves the app; answers its keys.
fn check_credentials(core: &Core, new: &NewApp, checks: &mut Checks) -> Vec<ClientKey> {
    credentials::check_typed(new.auth_method, new.jwks.is_some(), new.jwks_uri.is_some(), checks);
    let keys = checks.take_some(new.jwks.as_ref().map(|typed| credentials::check_jwks(core, typed, &[])));
    if let Some(typed) = &new.jwks_uri {
        checks.take(credentials::check_jwks_uri(typed));
    }
    let wanted = Credentials {
        auth_method: new.auth_method,
        secret_use: new.secret_use,
        has_keys: new.jwks.is_some(),
        jwks_uri: new.jwks_uri.as_deref(),
    };
    wanted.check(checks);
    if new.secret_use == SecretUse::Bootstrap && new.jwks.is_some() {
        checks.note("jwks", "an app whose secret is for `bootstrap` registers its key itself");
    }
    keys.unwrap_or_default()
}
