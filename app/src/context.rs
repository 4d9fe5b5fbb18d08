//! What the server hands in: once at start ([`PortalState`]) and with each request ([`Visitor`]).
//!
//! The server's session layer puts a [`Visitor`] into the extensions of every request that reaches [`crate::router`].
//! Around the router the server puts: security headers (the CSP carries [`Visitor::nonce`]), the origin check of
//! unsafe methods, limits of bodies and headers, `Cache-Control: no-store` where a page didn't set one.

use std::sync::Arc;

use axum::http::HeaderMap;
use latchkey_core::accounts::User;
use latchkey_core::{Actor, Caller, Core};
use leptos::config::LeptosOptions;

/// What every page can reach. Cheap to clone.
#[derive(Clone)]
pub struct PortalState {
    /// The use cases.
    pub core: Arc<Core>,
    /// Names of the script and style, and whether `make dev` reloads pages.
    pub leptos_options: LeptosOptions,
    /// The sign-in providers, in the order of the configuration.
    pub providers: Arc<[Provider]>,
    /// Whether this is `serve --dev`: the sign-in page says so.
    pub dev: bool,
    /// Where clients with certificates come, as `mtls_endpoint_aliases` names it (RFC 8705 section 5); `None`: where all
    /// others come.
    pub certificate_url: Option<Arc<str>>,
    /// The `OpenAPI` 3.1 document of the management API, for `/docs/api`.
    pub openapi: Arc<serde_json::Value>,
}

/// A sign-in provider as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Stands in `/sign-in/{provider}`.
    pub id: String,
    /// Stands on the button.
    pub name: String,
}

/// Who looks at a page: a request extension that the server's session layer fills.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The person, where somebody is signed in.
    pub signed_in: Option<SignedIn>,
    /// The nonce of this response's CSP, base64, new for each.
    pub nonce: String,
}

/// A person with a live session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The same as the use cases want it: [`Actor::User`] and the address.
    pub caller: Caller,
    /// SHA-256 of the session's id, as in `SessionRow::id_hash`.
    pub session: [u8; 32],
}

impl SignedIn {
    /// Whether `LATCHKEY_OPERATORS` names the person.
    pub fn is_operator(&self) -> bool {
        matches!(self.caller.actor, Actor::User { operator: true, .. })
    }
}

/// Why a sign-in didn't come to its end: the server redirects to [`crate::routes::sign_in_error`], the page says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// The person said no at the provider, or it refused them.
    Denied,
    /// `state` is missing, unknown, or older than ten minutes: begun in another browser or too long ago.
    Expired,
    /// The provider doesn't answer, or not in time.
    ProviderUnavailable,
    /// The provider's answer doesn't hold: issuer, signature, nonce, PKCE.
    ProviderAnswer,
    /// The person's address is not of an allowed domain.
    DomainNotAllowed,
    /// Too many attempts.
    TooMany,
}

impl SignInError {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Denied,
        Self::Expired,
        Self::ProviderUnavailable,
        Self::ProviderAnswer,
        Self::DomainNotAllowed,
        Self::TooMany,
    ];

    /// The word in the URL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::ProviderUnavailable => "provider-unavailable",
            Self::ProviderAnswer => "provider-answer",
            Self::DomainNotAllowed => "domain-not-allowed",
            Self::TooMany => "too-many",
        }
    }

    /// What the person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Denied => {
                "The sign-in was cancelled or refused at the provider. Nothing was changed; you can try again."
            }
            Self::Expired => "This sign-in was begun too long ago or in another browser. Please start again here.",
            Self::ProviderUnavailable => {
                "The provider doesn't answer right now. Try again in a minute, or use another one."
            }
            Self::ProviderAnswer => {
                "The provider's answer could not be verified, so nobody was signed in. If this stays so, tell your operator."
            }
            Self::DomainNotAllowed => {
                "Your address is not of a domain that may sign in here. Use another account, or ask your operator."
            }
            Self::TooMany => "There were too many attempts. Wait a minute, then try again.",
        }
    }

    /// By the word in the URL.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.code() == code)
    }
}

impl PortalState {
    /// `LATCHKEY_PUBLIC_URL`: no trailing slash.
    pub fn public_url(&self) -> &str {
        &self.core.settings.issuer
    }

    /// Where clients with certificates come.
    pub fn certificate_url(&self) -> &str {
        self.certificate_url.as_deref().unwrap_or_else(|| self.public_url())
    }

    /// Whether cookies carry `__Host-` and `Secure`: always, but for plain http on loopback.
    pub fn secure_cookies(&self) -> bool {
        self.public_url().starts_with("https://")
    }
}

/// The value of a cookie; `None` too where it comes twice (security.md Q1).
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    let first = values.next()?;
    values.next().is_none().then_some(first)
}
