//! The parameters of a request to an OAuth endpoint (RFC 6749 section 3.2).

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{HeaderMap, header};
use latchkey_core::PlainSecret;
use latchkey_wire::form;

use super::error::OAuthError;
use crate::http::json;

/// Those that authenticate the client, at every endpoint.
const AUTHENTICATION: [&str; 4] = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
/// Those that may stand there more than once (RFC 8707 section 2, RFC 8693 section 2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The known parameters that have a value; one that is sent empty counts as absent, others are ignored (A2).
pub struct Parameters(Vec<(&'static str, PlainSecret)>);

impl Parameters {
    /// Reads the body; `known` are the parameters of this endpoint beside those that authenticate the client.
    ///
    /// # Errors
    /// `invalid_request` for another type of body, one that can't be decoded, a parameter that stands there twice, and
    /// for one in the URL: secrets don't belong into URLs, which end up in logs (RFC 6749 section 2.3.1, A5).
    pub fn read(
        headers: &HeaderMap,
        query: Option<&str>,
        body: Result<Bytes, BytesRejection>,
        known: &[&'static str],
    ) -> Result<Self, OAuthError> {
        let find = |name: &str| known.iter().chain(&AUTHENTICATION).copied().find(|known| *known == name);
        let mut in_url = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        if in_url.any(|(name, _)| find(&name).is_some()) {
            return Err(OAuthError::invalid_request("Parameters belong into the body, never into the URL."));
        }
        if !is_form(headers) {
            return Err(OAuthError::invalid_request("The body must be application/x-www-form-urlencoded."));
        }
        let body = body.map_err(unreadable)?;
        let pairs =
            form::pairs(&body).map_err(|_| OAuthError::invalid_request("The body is not form-urlencoded UTF-8."))?;
        let mut seen: Vec<&'static str> = Vec::new();
        let mut parameters = Vec::new();
        for (name, value) in pairs {
            let Some(name) = find(&name) else { continue };
            if seen.contains(&name) && !REPEATABLE.contains(&name) {
                return Err(OAuthError::invalid_request("A parameter stands there twice."));
            }
            seen.push(name);
            if !value.is_empty() {
                parameters.push((name, PlainSecret::new(value.into_owned())));
            }
        }
        Ok(Self(parameters))
    }

    /// The parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose())
    }

    /// The same, owned.
    pub fn one(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// The same, of a secret.
    pub fn secret(&self, name: &str) -> Option<PlainSecret> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// Every value of a parameter that may stand there more than once.
    pub fn each(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.expose().to_owned()).collect()
    }
}

fn unreadable(rejection: BytesRejection) -> OAuthError {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => OAuthError::too_large(),
        other if json::is_too_slow(&other) => OAuthError::too_slow(),
        _ => OAuthError::invalid_request("The body ended before its end."),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
