use latchkey_jose::AddressRules;
use serde_json::Value;

use super::credentials::{self, Credentials};
use super::new_secret::new_secret;
use super::{
    App, AuthMethod, ClientKey, NewAppSecret, NewCertificate, NewGrant, RepeatedRequest, SecretUse, TokenBinding,
    certificate, grants, quota, tier,
};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::keys::refuse_suspended;
use crate::limits::{self, NewRateLimit};
use crate::orgs::Org;
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
    /// How many tokens it may get a day (UTC); `None`: any number.
    pub tokens_per_day: Option<i64>,
    /// What it gets that asks too often.
    pub repeated_request: RepeatedRequest,
    /// How often its tokens may be used, all together, at the APIs of its own organisation.
    pub rate_limits: Vec<NewRateLimit>,
    /// CIDRs or single addresses that it may come from.
    pub allowed_ips: Vec<String>,
    /// CIDRs or single addresses that it may not come from.
    pub denied_ips: Vec<String>,
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
    let draft = draft(core, &access.org, new).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), "app.create", ("app", draft.app.id.as_str()));
    let created_by = audit.actor().to_owned();
    let audit = draft.described_in(audit);
    let draft = draft.made_by(created_by);
    core.store.insert_app(&draft.app, draft.secret.as_ref(), &draft.keys, &audit).await?;
    Ok(CreatedApp { app: draft.app, keys: draft.keys, client_secret: draft.client_secret })
}

/// An app that was checked and has its secret, and isn't stored yet.
pub(crate) struct Draft {
    pub(crate) app: App,
    pub(crate) keys: Vec<ClientKey>,
    pub(crate) secret: Option<NewAppSecret>,
    pub(crate) client_secret: Option<PlainSecret>,
}

/// Checks what was typed, whoever typed it, and makes the secret that goes with it.
///
/// # Errors
/// [`Error::Invalid`] with every bad member.
pub(crate) async fn draft(core: &Core, org: &Org, new: NewApp) -> Result<Draft, Error> {
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let grants = grants::check(core, org, &new.grants, &mut checks).await?;
    let certificate = certificate::check(new.auth_method, new.certificate.as_ref(), core.clock.now(), &mut checks);
    let keys = check_credentials(core, &new, &mut checks);
    let tokens_per_day = checks.take_some(new.tokens_per_day.map(quota::check));
    let rate_limits = checks.take(limits::rate_limits("rate_limits", &new.rate_limits));
    let addresses = AddressRules {
        allowed: checks.take(validation::ip_list("allowed_ips", &new.allowed_ips)),
        denied: checks.take(validation::ip_list("denied_ips", &new.denied_ips)),
    };
    tier::check(grants.tier, new.auth_method, new.token_binding, &mut checks);
    checks.finish()?;

    let (client_secret, secret) = if new.auth_method.is_by_secret() || new.secret_use == SecretUse::Bootstrap {
        let (plain, stored) = new_secret(core, org.security_tier).await?;
        (Some(plain), Some(stored))
    } else {
        (None, None)
    };
    let app = App {
        id: random::id(core.random.as_ref()),
        org: org.id.clone(),
        name,
        grants: grants.grants,
        auth_method: new.auth_method,
        jwks_uri: new.jwks_uri,
        certificate,
        token_binding: new.token_binding,
        secret_use: new.secret_use,
        tokens_per_day,
        repeated_request: new.repeated_request,
        addresses,
        rate_limits,
        created_at: core.clock.now(),
        created_by: String::new(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    };
    Ok(Draft { app, keys, secret, client_secret })
}

impl Draft {
    /// The same, made by this actor.
    pub(crate) fn made_by(mut self, actor: String) -> Self {
        self.app.created_by = actor;
        self
    }

    /// What the audit log says of it.
    pub(crate) fn described_in(&self, audit: AuditEntry) -> AuditEntry {
        let app = &self.app;
        audit
            .with("name", app.name.as_str())
            .with("grants", grants::for_audit(&app.grants))
            .with("auth_method", app.auth_method.as_str())
            .with("token_binding", app.token_binding.as_str())
            .with("certificate", certificate::for_audit(app.certificate.as_ref()))
            .with("keys", self.keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>())
            .with("jwks_uri", app.jwks_uri.as_deref())
            .with("secret_use", app.secret_use.as_str())
            .with("tokens_per_day", app.tokens_per_day)
            .with("repeated_request", app.repeated_request.as_str())
            .with("rate_limits", limits::rate_limits_for_audit(&app.rate_limits))
            .with("secret", self.secret.as_ref().map(|stored| stored.secret.id.to_string()))
    }
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
