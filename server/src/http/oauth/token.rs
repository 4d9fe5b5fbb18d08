//! `POST /oauth/token` (RFC 6749 sections 2.3, 3.2, 4.4 and 5).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use latchkey_core::oauth::{ClientCredentials, TokenRequest};
use latchkey_core::{Core, PlainSecret, oauth};
use latchkey_types::ScopeSet;
use serde::{Serialize, Serializer};

use super::basic;
use super::error::OAuthError;
use super::form;
use crate::http::{ClientIp, json};

/// Every parameter that means something here; others are ignored (RFC 6749 section 3.2, A2).
const KNOWN: [&str; 8] = [
    "grant_type",
    "scope",
    "resource",
    "audience",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];
/// Those that may stand there more than once (RFC 8707 section 2, RFC 8693 section 2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// RFC 6749 section 5.1.
#[derive(Serialize)]
pub struct TokenView {
    #[serde(serialize_with = "expose")]
    access_token: PlainSecret,
    token_type: &'static str,
    expires_in: i64,
    #[serde(serialize_with = "as_parameter")]
    scope: ScopeSet,
}

/// Issues an access token.
pub async fn token(
    State(core): State<Arc<Core>>,
    ClientIp(ip): ClientIp,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<TokenView>, OAuthError> {
    refuse_query(query.as_deref())?;
    let parameters = Parameters::read(&headers, &body.map_err(unreadable)?)?;
    let client = authentication(&headers, &parameters)?;
    let request = TokenRequest {
        grant_type: parameters.one("grant_type"),
        scope: parameters.one("scope"),
        resource: parameters.each("resource"),
        audience: parameters.each("audience"),
        client,
        ip,
    };
    let issued = oauth::token(&core, request).await?;
    Ok(Json(TokenView {
        access_token: issued.access_token,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        scope: issued.scope,
    }))
}

/// Secrets don't belong into URLs, which end up in logs (RFC 6749 section 2.3.1, A5).
fn refuse_query(query: Option<&str>) -> Result<(), OAuthError> {
    let mut names = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).map(|(name, _)| name);
    if names.any(|name| KNOWN.contains(&name.as_ref())) {
        return Err(OAuthError::invalid_request("Parameters belong into the body, never into the URL."));
    }
    Ok(())
}

fn unreadable(rejection: BytesRejection) -> OAuthError {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => OAuthError::too_large(),
        other if json::is_too_slow(&other) => OAuthError::too_slow(),
        _ => OAuthError::invalid_request("The body ended before its end."),
    }
}

/// The known parameters that have a value; one that is sent empty counts as absent (A2).
struct Parameters(Vec<(&'static str, PlainSecret)>);

impl Parameters {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        if !is_form(headers) {
            return Err(OAuthError::invalid_request("The body must be application/x-www-form-urlencoded."));
        }
        let pairs =
            form::pairs(body).map_err(|_| OAuthError::invalid_request("The body is not form-urlencoded UTF-8."))?;
        let mut seen: Vec<&'static str> = Vec::new();
        let mut parameters = Vec::new();
        for (name, value) in pairs {
            let Some(name) = KNOWN.into_iter().find(|known| *known == name) else {
                continue;
            };
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

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose())
    }

    fn one(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn each(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.expose().to_owned()).collect()
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// How the client proves who it is: by exactly one method (RFC 6749 section 2.3, A3).
fn authentication(headers: &HeaderMap, parameters: &Parameters) -> Result<Option<ClientCredentials>, OAuthError> {
    if parameters.get("client_assertion").is_some() || parameters.get("client_assertion_type").is_some() {
        return Err(OAuthError::invalid_request(
            "This version does not support client_assertion yet. Authenticate with a client secret.",
        ));
    }
    let in_body = parameters.get("client_secret");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        let body = parameters.one("client_id").zip(in_body);
        return Ok(body.map(|(id, secret)| ClientCredentials { id, secret: PlainSecret::new(secret.to_owned()) }));
    };
    if values.next().is_some() || in_body.is_some() {
        return Err(OAuthError::invalid_request("The client authenticates in more than one way. Use one."));
    }
    let (id, secret) = basic::credentials(value.as_bytes()).ok_or_else(OAuthError::invalid_client)?;
    if parameters.get("client_id").is_some_and(|other| other != id) {
        return Err(OAuthError::invalid_request("client_id in the body is not the one that authenticates."));
    }
    Ok(Some(ClientCredentials { id, secret }))
}

fn expose<S: Serializer>(secret: &PlainSecret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn as_parameter<S: Serializer>(scopes: &ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(scopes)
}
