//! `POST /oauth/token` (RFC 6749 sections 2.3, 3.2, 4.4 and 5).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use latchkey_core::oauth::{ExchangeParameters, IssuedToken, TokenRequest};
use latchkey_core::{Core, PlainSecret, oauth};
use latchkey_types::ScopeSet;
use serde::{Serialize, Serializer};

use super::authentication::authentication;
use super::dpop;
use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::state::HttpSettings;
use crate::http::{ClientCertificate, ClientIp};

/// The parameters of this endpoint.
const KNOWN: [&str; 10] = [
    "grant_type",
    "scope",
    "resource",
    "audience",
    "assertion",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
];

/// RFC 6749 section 5.1.
#[derive(Serialize)]
pub struct TokenView {
    #[serde(serialize_with = "expose")]
    access_token: PlainSecret,
    token_type: &'static str,
    expires_in: i64,
    #[serde(serialize_with = "as_parameter")]
    scope: ScopeSet,
    /// RFC 8693 section 2.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// What of a request isn't in its body.
struct Envelope {
    ip: ClientIp,
    certificate: ClientCertificate,
    query: Option<String>,
    headers: HeaderMap,
}

/// Issues an access token.
pub async fn token(
    State(core): State<Arc<Core>>,
    State(settings): State<Arc<HttpSettings>>,
    ip: ClientIp,
    certificate: ClientCertificate,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let envelope = Envelope { ip, certificate, query, headers };
    let mut response = issue(&core, &settings, &envelope, body).await.into_response();
    dpop::add_nonce(&core, &envelope.headers, &mut response);
    response
}

async fn issue(
    core: &Core,
    settings: &HttpSettings,
    envelope: &Envelope,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<TokenView>, OAuthError> {
    let Envelope { ip: ClientIp(ip), certificate, query, headers } = envelope;
    let parameters = Parameters::read(headers, query.as_deref(), body, &KNOWN)?;
    let client = authentication(headers, &parameters, certificate)?;
    let request = TokenRequest {
        grant_type: parameters.one("grant_type"),
        scope: parameters.one("scope"),
        resource: parameters.each("resource"),
        audience: parameters.each("audience"),
        assertion: parameters.secret("assertion"),
        exchange: exchange(&parameters),
        client_id: parameters.one("client_id").filter(|_| client.is_none()),
        client,
        dpop: dpop::proof(core, settings, headers)?,
        certificate: certificate.0.clone(),
        ip: *ip,
    };
    Ok(Json(oauth::token(core, request).await?.into()))
}

impl From<IssuedToken> for TokenView {
    fn from(issued: IssuedToken) -> Self {
        Self {
            access_token: issued.access_token,
            token_type: issued.token_type.as_str(),
            expires_in: issued.expires_in,
            scope: issued.scope,
            issued_token_type: issued.issued_token_type,
        }
    }
}

/// RFC 8693 section 2.1.
fn exchange(parameters: &Parameters) -> ExchangeParameters {
    ExchangeParameters {
        subject_token: parameters.secret("subject_token"),
        subject_token_type: parameters.one("subject_token_type"),
        actor_token: parameters.secret("actor_token"),
        actor_token_type: parameters.one("actor_token_type"),
        requested_token_type: parameters.one("requested_token_type"),
    }
}

fn expose<S: Serializer>(secret: &PlainSecret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn as_parameter<S: Serializer>(scopes: &ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(scopes)
}
