//! Programs that register clients by themselves (RFC 7591).

mod metadata;

use std::net::IpAddr;

use latchkey_types::ScopeSet;
use serde_json::Value;

pub use self::metadata::ClientMetadata;
use crate::apps::{self, App};
use crate::audit::AuditEntry;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::{Cause, Error, FieldError};
use crate::initial_access_tokens::{self, InitialAccessToken};
use crate::orgs::Org;
use crate::plain_secret::PlainSecret;
use crate::ports::StoreError;

/// Who may register clients: an initial access token that held a moment ago.
#[derive(Clone, Debug)]
pub struct Registrar {
    token: InitialAccessToken,
    org: Org,
}

/// A client that was just registered, or has just changed what it is registered with (RFC 7591 section 3.2.1).
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// The app.
    pub app: App,
    /// `client_secret`, where its way to authenticate wants one: it doesn't expire by itself.
    pub client_secret: Option<PlainSecret>,
    /// `grant_types`.
    pub grant_types: Vec<&'static str>,
    /// `scope`: all that it may ask for, wherever.
    pub scope: ScopeSet,
    /// `jwks`, where that was given.
    pub jwks: Option<Value>,
}

impl RegisteredClient {
    /// The app as its client sees it.
    pub(super) fn new(app: App, client_secret: Option<PlainSecret>, jwks: Option<Value>) -> Self {
        let scope = app.grants.iter().flat_map(|grant| grant.scopes.iter()).cloned().collect();
        Self { grant_types: metadata::grant_types(&app.grants), app, client_secret, scope, jwks }
    }
}

/// Why a client wasn't registered (RFC 7591 section 3.2.2, RFC 6750 section 3.1), with a fixed description that reflects
/// nothing.
#[derive(Debug)]
pub enum RegistrationError {
    /// The initial access token is missing, unknown, wrong, revoked, expired or used up, or its organisation is suspended:
    /// all alike.
    InvalidToken,
    /// Redirect URIs: nobody is redirected here.
    InvalidRedirectUri,
    /// A member is not good, or not to be had here.
    InvalidClientMetadata(&'static str),
    /// The answer can't be known now.
    Unavailable(Cause),
}

impl From<Error> for RegistrationError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(fields) => Self::InvalidClientMetadata(fields.first().map_or(OTHER, explain)),
            Error::Unavailable(cause) | Error::Internal(cause) => Self::Unavailable(cause),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<StoreError> for RegistrationError {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

const OTHER: &str = "A member is not good.";

/// What is wrong with a member of an app, in the words of registration.
fn explain(error: &FieldError) -> &'static str {
    match error.field.split('/').next().unwrap_or_default() {
        "name" => "client_name must be 1 to 100 characters, without control characters.",
        "grants" => "The initial access token grants something that can no longer be granted: ask for another token.",
        "jwks" => {
            "jwks must hold 1 to 10 public keys that this server can verify with, for private_key_jwt, and no private ones."
        }
        "jwks_uri" => {
            "jwks_uri must be an https URL without user and fragment, for private_key_jwt, in the place of jwks."
        }
        "certificate" => {
            "tls_client_auth wants exactly one good tls_client_auth_ member, self_signed_tls_client_auth a jwks with x5c, other methods neither."
        }
        "token_binding" => {
            "The security tier wants tokens bound to a key: say dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens, or authenticate by certificate."
        }
        _ => OTHER,
    }
}

/// Who this initial access token lets register clients.
///
/// # Errors
/// [`RegistrationError::InvalidToken`]; [`RegistrationError::Unavailable`] where it can't be known.
pub async fn authenticate(core: &Core, presented: &str) -> Result<Registrar, RegistrationError> {
    let found = initial_access_tokens::authenticate(core, presented).await?;
    found.map(|(token, org)| Registrar { token, org }).ok_or(RegistrationError::InvalidToken)
}

/// Registers a client of the token's organisation, which takes one of the token's uses: both or neither, and of many at
/// once no more than there are uses.
///
/// # Errors
/// [`RegistrationError`].
pub async fn register(
    core: &Core,
    registrar: &Registrar,
    metadata: ClientMetadata,
    ip: Option<IpAddr>,
) -> Result<RegisteredClient, RegistrationError> {
    let Registrar { token, org } = registrar;
    let wanted = metadata.checked_against(token)?;
    let draft = apps::draft(core, org, wanted.app).await?.made_by(token.id.to_string());
    let system = Caller { actor: Actor::System, ip };
    let audit = core.audit_entry(&system, Some(&org.id), "app.register", ("app", draft.app.id.as_str()));
    let audit = AuditEntry {
        actor_kind: "initial_access_token".to_owned(),
        actor_id: Some(token.id.to_string()),
        ..draft.described_in(audit)
    };
    match core.store.register_app(&token.id, &draft.app, draft.secret.as_ref(), &draft.keys, &audit).await {
        Ok(true) => {}
        Ok(false) => return Err(RegistrationError::InvalidToken),
        // an API that was granted is gone since it was looked at
        Err(StoreError::NotFound) => {
            return Err(RegistrationError::InvalidClientMetadata(explain(&FieldError::new("grants", ""))));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(RegisteredClient::new(draft.app, draft.client_secret, wanted.jwks))
}
