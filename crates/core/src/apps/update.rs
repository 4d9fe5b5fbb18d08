use latchkey_types::AppId;
use serde_json::Value;

use super::credentials::{self, Credentials};
use super::{
    App, AppChange, AuthMethod, ClientKey, NewCertificate, NewGrant, RepeatedRequest, SecretUse, TokenBinding,
    already_revoked, certificate, grants, quota, tier,
};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{self, NewRateLimit};
use crate::ports::{AuditEntry, StoreError};
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
    /// All public keys anew, as a JWK Set; `Some(None)`: none.
    pub jwks: Option<Option<Value>>,
    /// Another address of its public keys; `Some(None)`: none.
    pub jwks_uri: Option<Option<String>>,
    /// Another use of its secrets.
    pub secret_use: Option<SecretUse>,
    /// Another certificate.
    pub certificate: Option<NewCertificate>,
    /// Another binding of its tokens.
    pub token_binding: Option<TokenBinding>,
    /// Another quota; `Some(None)`: none.
    pub tokens_per_day: Option<Option<i64>>,
    /// Another answer to repeated requests.
    pub repeated_request: Option<RepeatedRequest>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<NewRateLimit>>,
    /// Other addresses that it may come from.
    pub allowed_ips: Option<Vec<String>>,
    /// Other addresses that it may not come from.
    pub denied_ips: Option<Vec<String>>,
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
    let mut change = AppChange {
        auth_method: patch.auth_method,
        token_binding: patch.token_binding,
        secret_use: patch.secret_use,
        repeated_request: patch.repeated_request,
        ..AppChange::default()
    };
    change.name = checks.take_some(patch.name.map(|name| validation::name("name", &name)));
    let mut tier = access.org.security_tier;
    if let Some(typed) = patch.grants {
        let checked = grants::check(core, &access.org, &typed, &mut checks).await?;
        tier = checked.tier;
        change.grants = Some(checked.grants);
    }
    change.allowed_ips = checks.take_some(patch.allowed_ips.map(|typed| validation::ip_list("allowed_ips", &typed)));
    change.denied_ips = checks.take_some(patch.denied_ips.map(|typed| validation::ip_list("denied_ips", &typed)));
    if change.grants.is_some() || patch.token_binding.is_some() || patch.auth_method.is_some() {
        let after = (patch.auth_method.unwrap_or(app.auth_method), patch.token_binding.unwrap_or(app.token_binding));
        tier::check(tier, after.0, after.1, &mut checks);
    }
    change.tokens_per_day = patch.tokens_per_day.map(|typed| checks.take_some(typed.map(quota::check)));
    let rate_limits = patch.rate_limits.as_deref().map(|typed| limits::rate_limits("rate_limits", typed));
    change.rate_limits = checks.take_some(rate_limits).filter(|limits| *limits != app.rate_limits);
    let typed = patch.certificate.as_ref();
    change.certificate = certificate::check_change(&app, patch.auth_method, typed, core.clock.now(), &mut checks);
    if patch.auth_method.is_some() || patch.secret_use.is_some() || patch.jwks.is_some() || patch.jwks_uri.is_some() {
        let before = core.store.list_client_keys(&access.org.id, id.as_str()).await?;
        let keys = TypedKeys { jwks: patch.jwks, jwks_uri: patch.jwks_uri, before };
        check_credentials(core, &app, keys, &mut change, &mut checks);
    }
    checks.finish()?;
    if change == AppChange::default() {
        return Ok(app);
    }
    let audit = core.audit_entry(caller, Some(&access.org.id), "app.update", ("app", id.as_str()));
    let audit = describe(audit, &change);
    match core.store.update_app(&access.org.id, id, &change, &audit).await {
        Err(StoreError::Stale) => Err(already_revoked()),
        written => Ok(written?),
    }
}

/// Keys as typed, and those that are there.
struct TypedKeys {
    jwks: Option<Option<Value>>,
    jwks_uri: Option<Option<String>>,
    before: Vec<ClientKey>,
}

/// What proves the app after the change.
fn check_credentials(core: &Core, app: &App, typed: TypedKeys, change: &mut AppChange, checks: &mut Checks) {
    let auth_method = change.auth_method.unwrap_or(app.auth_method);
    let (jwks_given, uri_given) = (matches!(typed.jwks, Some(Some(_))), matches!(typed.jwks_uri, Some(Some(_))));
    credentials::check_typed(auth_method, jwks_given, uri_given, checks);
    let has_keys = match &typed.jwks {
        Some(jwks) => jwks.is_some(),
        None => !typed.before.is_empty(),
    };
    let check_jwks = |jwks: Value| checks.take(credentials::check_jwks(core, &jwks, &typed.before));
    change.keys = typed.jwks.map(|jwks| jwks.map(check_jwks).unwrap_or_default());
    change.jwks_uri = typed.jwks_uri.map(|uri| uri.map(|uri| checks.take(credentials::check_jwks_uri(&uri))));
    let after = Credentials {
        auth_method,
        secret_use: change.secret_use.unwrap_or(app.secret_use),
        has_keys,
        jwks_uri: change.jwks_uri.as_ref().unwrap_or(&app.jwks_uri).as_deref(),
    };
    after.check(checks);
}

fn describe(mut audit: AuditEntry, change: &AppChange) -> AuditEntry {
    if let Some(name) = &change.name {
        audit = audit.with("name", name.as_str());
    }
    if let Some(granted) = &change.grants {
        audit = audit.with("grants", grants::for_audit(granted));
    }
    if let Some(keys) = &change.keys {
        audit = audit.with("keys", keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>());
    }
    if let Some(uri) = &change.jwks_uri {
        audit = audit.with("jwks_uri", uri.as_deref());
    }
    if let Some(registered) = &change.certificate {
        audit = audit.with("certificate", certificate::for_audit(registered.as_ref()));
    }
    if let Some(per_day) = change.tokens_per_day {
        audit = audit.with("tokens_per_day", per_day);
    }
    for (name, networks) in [("allowed_ips", &change.allowed_ips), ("denied_ips", &change.denied_ips)] {
        if let Some(networks) = networks {
            audit = audit.with(name, networks.len());
        }
    }
    if let Some(limits) = &change.rate_limits {
        audit = audit.with("rate_limits", limits::rate_limits_for_audit(limits));
    }
    let words = [
        ("auth_method", change.auth_method.map(AuthMethod::as_str)),
        ("token_binding", change.token_binding.map(TokenBinding::as_str)),
        ("secret_use", change.secret_use.map(SecretUse::as_str)),
        ("repeated_request", change.repeated_request.map(RepeatedRequest::as_str)),
    ];
    for (name, word) in words {
        if let Some(word) = word {
            audit = audit.with(name, word);
        }
    }
    audit
}
