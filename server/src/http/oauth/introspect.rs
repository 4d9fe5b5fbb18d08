//! `POST /oauth/introspect` (RFC 7662, RFC 9701).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::oauth::{Introspection, IntrospectionForm, IntrospectionRequest, Introspector, TokenError};
use latchkey_core::{Core, PlainSecret, oauth};
use latchkey_types::ApiId;
use latchkey_wire::basic;

use super::authentication::authentication;
use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::ClientCertificate;

/// The parameters of this endpoint. The hint isn't needed: what a credential is shows in its form (F6). `ip` is one of
/// ours (RFC 7662 section 2.1): without it a token that may be used from some addresses alone is inactive.
const KNOWN: [&str; 3] = ["token", "token_type_hint", "ip"];
/// What `ip` must be.
const BAD_IP: &str = "ip must be the address that the token was used from, as in 203.0.113.9 or 2001:db8::1.";
/// The media type of an answer in plain JSON (RFC 7662 section 2.2).
const JSON: &str = "application/json";
/// The media type of a signed answer (RFC 9701 section 4).
const SIGNED: &str = "application/token-introspection+jwt";
/// The media type by which an API asks for the access token itself as a JWT.
const JWT: &str = "application/jwt";

/// Says what a credential is, to the API that it is for or to the client that it was issued to.
pub async fn introspect(
    State(core): State<Arc<Core>>,
    certificate: ClientCertificate,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::read(&headers, query.as_deref(), body, &KNOWN)?;
    let bearer = bearer(&headers);
    let caller = match bearer {
        Some(key) => Some(by_bearer(key, &headers, &parameters)?),
        None => by_basic(&headers, &parameters, &certificate)?,
    };
    let ip = parameters.get("ip").map(|ip| ip.parse().map_err(|_| OAuthError::invalid_request(BAD_IP))).transpose()?;
    let request = IntrospectionRequest { token: parameters.secret("token"), ip, caller, form: form(&headers) };
    match oauth::introspect(&core, &request).await {
        Ok(answer) => Ok(show(answer)),
        Err(TokenError::InvalidClient) if bearer.is_some() => Err(OAuthError::invalid_token()),
        Err(error) => Err(error.into()),
    }
}

/// A verification key (RFC 6750 section 2.1).
fn by_bearer(key: &str, headers: &HeaderMap, parameters: &Parameters) -> Result<Introspector, OAuthError> {
    let in_body = ["client_id", "client_secret", "client_assertion"].iter().any(|name| parameters.get(name).is_some());
    if in_body || headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(OAuthError::invalid_request("The caller authenticates in more than one way. Use one."));
    }
    Ok(Introspector::Api { id: None, verification_key: PlainSecret::new(key.to_owned()) })
}

/// An API with its id for user name, or a client by any of its ways.
fn by_basic(
    headers: &HeaderMap,
    parameters: &Parameters,
    certificate: &ClientCertificate,
) -> Result<Option<Introspector>, OAuthError> {
    let client = authentication(headers, parameters, certificate)?;
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| basic::credentials(value.as_bytes()));
    Ok(match basic {
        Some((id, key)) if id.parse::<ApiId>().is_ok() => {
            Some(Introspector::Api { id: Some(id), verification_key: PlainSecret::new(key) })
        }
        _ => client.map(Introspector::Client),
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The first form of the `Accept` header that we have (RFC 9110 section 12.5.1); JSON where there is none.
fn form(headers: &HeaderMap) -> IntrospectionForm {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let unwanted = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        match essence.as_str() {
            _ if unwanted => None,
            SIGNED => Some(IntrospectionForm::Signed),
            JWT => Some(IntrospectionForm::AccessToken),
            JSON => Some(IntrospectionForm::Json),
            _ => None,
        }
    });
    ranges.next().unwrap_or_default()
}

fn show(answer: Introspection) -> Response {
    match answer {
        Introspection::Json(text) => ([(header::CONTENT_TYPE, JSON)], String::from(&*text)).into_response(),
        Introspection::Signed(jwt) => ([(header::CONTENT_TYPE, SIGNED)], jwt).into_response(),
        Introspection::AccessToken(jwt) => ([(header::CONTENT_TYPE, JWT)], jwt.expose().to_owned()).into_response(),
        Introspection::NoAccessToken => StatusCode::NO_CONTENT.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_first_known_form_is_the_answer() {
        for (accept, expected) in [
            ("", IntrospectionForm::Json),
            ("*/*", IntrospectionForm::Json),
            ("application/json", IntrospectionForm::Json),
            ("application/token-introspection+jwt", IntrospectionForm::Signed),
            ("Application/Token-Introspection+JWT; q=0.9, application/json", IntrospectionForm::Signed),
            ("application/jwt", IntrospectionForm::AccessToken),
            ("text/html, application/jwt;q=0.5", IntrospectionForm::AccessToken),
            ("application/jwt;q=0, */*", IntrospectionForm::Json),
            ("application/jwt; q=0.0", IntrospectionForm::Json),
            (";;,,q=", IntrospectionForm::Json),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(form(&headers), expected, "{accept}");
        }
        assert_eq!(form(&HeaderMap::new()), IntrospectionForm::Json);
    }
}
