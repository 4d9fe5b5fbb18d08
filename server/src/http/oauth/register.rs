//! `POST /oauth/register`: programs register clients by themselves (RFC 7591).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use latchkey_core::apps::{AuthMethod, CertificateName};
use latchkey_core::oauth::ClientMetadata;
use latchkey_core::{Core, oauth};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::client_information::ClientInformation;
use super::error::OAuthError;
use super::supported;
use crate::config::ClientCertificates;
use crate::http::state::HttpSettings;
use crate::http::{ClientIp, Problem, bearer, json};

/// What a client says of itself (RFC 7591 section 2, RFC 8705, RFC 9449). Unknown members are ignored, as section 2 says.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    client_name: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<IgnoredAny>>,
    redirect_uris: Option<Vec<IgnoredAny>>,
    token_endpoint_auth_method: Option<String>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    scope: Option<String>,
    dpop_bound_access_tokens: Option<bool>,
    tls_client_certificate_bound_access_tokens: Option<bool>,
    tls_client_auth_subject_dn: Option<String>,
    tls_client_auth_san_dns: Option<String>,
    tls_client_auth_san_uri: Option<String>,
    tls_client_auth_san_ip: Option<String>,
    tls_client_auth_san_email: Option<String>,
    software_id: Option<String>,
    software_version: Option<String>,
}

impl Metadata {
    fn read(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, OAuthError> {
        const EXPECTED: &str = "The body must be a JSON object whose members have the types of RFC 7591.";
        let body = body.map_err(unreadable)?;
        if !json::is_json(headers) {
            return Err(OAuthError::invalid_client_metadata("The body must be application/json."));
        }
        // an array of the members' values would do for the reader
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(OAuthError::invalid_client_metadata(EXPECTED));
        }
        serde_json::from_slice(&body).map_err(|_| OAuthError::invalid_client_metadata(EXPECTED))
    }

    /// As far as it is offered here.
    fn offered_by(self, certificates: &ClientCertificates) -> Result<ClientMetadata, OAuthError> {
        let certificate_bound = self.tls_client_certificate_bound_access_tokens.unwrap_or(false);
        if certificate_bound && !certificates.are_possible() {
            return Err(OAuthError::invalid_client_metadata("This server sees no certificates of clients."));
        }
        Ok(ClientMetadata {
            client_name: self.client_name,
            grant_types: self.grant_types.unwrap_or_default(),
            has_response_types: self.response_types.is_some_and(|types| !types.is_empty()),
            has_redirect_uris: self.redirect_uris.is_some_and(|uris| !uris.is_empty()),
            auth_method: auth_method(self.token_endpoint_auth_method.as_deref(), certificates)?,
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            scope: self.scope,
            dpop_bound: self.dpop_bound_access_tokens.unwrap_or(false),
            certificate_bound,
            certificate: CertificateName {
                subject_dn: self.tls_client_auth_subject_dn,
                san_dns: self.tls_client_auth_san_dns,
                san_uri: self.tls_client_auth_san_uri,
                san_ip: self.tls_client_auth_san_ip,
                san_email: self.tls_client_auth_san_email,
            },
            software_id: self.software_id,
            software_version: self.software_version,
        })
    }
}

fn auth_method(word: Option<&str>, certificates: &ClientCertificates) -> Result<AuthMethod, OAuthError> {
    let Some(word) = word else { return Ok(AuthMethod::default()) };
    let offered = supported::auth_methods(certificates).contains(&word);
    AuthMethod::ALL.into_iter().find(|method| offered && method.as_str() == word).ok_or_else(|| {
        OAuthError::invalid_client_metadata(
            "token_endpoint_auth_method must be one that the metadata of this server list.",
        )
    })
}

/// Registers a client with an initial access token. Who asks is looked at before what they ask.
pub async fn register(
    State(core): State<Arc<Core>>,
    State(settings): State<Arc<HttpSettings>>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, OAuthError> {
    let token = bearer::token(&headers).map_err(without_token)?;
    let registrar = oauth::registrar(&core, token).await?;
    let metadata = Metadata::read(&headers, body)?.offered_by(&settings.client_certificates)?;
    let made = oauth::register(&core, &registrar, metadata, ip).await?;
    Ok((StatusCode::CREATED, Json(ClientInformation::from(made))).into_response())
}

/// Several `Authorization` headers are a request that is wrong (B1); none, or another scheme, lacks authentication (B3).
fn without_token(problem: Problem) -> OAuthError {
    if problem.status == StatusCode::BAD_REQUEST.as_u16() {
        OAuthError::invalid_request("Send one Authorization header.")
    } else {
        OAuthError::missing_initial_access_token()
    }
}

fn unreadable(rejection: BytesRejection) -> OAuthError {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => OAuthError::too_large(),
        other if json::is_too_slow(&other) => OAuthError::too_slow(),
        _ => OAuthError::invalid_client_metadata("The body ended before its end."),
    }
}
