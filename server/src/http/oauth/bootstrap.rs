//! `POST /oauth/bootstrap`: a client trades its secret for a key of its own, once.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use latchkey_core::oauth::{BootstrapRequest, Bootstrapped};
use latchkey_core::{Core, oauth};
use serde::Serialize;
use serde_json::Value;

use super::authentication::authentication;
use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::{ClientCertificate, ClientIp};

/// The parameters of this endpoint.
const KNOWN: [&str; 2] = ["jwk", "proof"];

/// The client as it is from now on (RFC 7591 section 3.2.1).
#[derive(Serialize)]
pub struct ClientView {
    client_id: String,
    client_name: String,
    /// Seconds since 1970.
    client_id_issued_at: i64,
    token_endpoint_auth_method: &'static str,
    grant_types: [&'static str; 1],
    jwks: KeysView,
}

#[derive(Serialize)]
struct KeysView {
    keys: [Value; 1],
}

impl From<Bootstrapped> for ClientView {
    fn from(made: Bootstrapped) -> Self {
        Self {
            client_id: made.app.id.to_string(),
            client_name: made.app.name,
            client_id_issued_at: made.app.created_at.as_seconds(),
            token_endpoint_auth_method: made.app.auth_method.as_str(),
            grant_types: ["client_credentials"],
            // what was stored is JSON that this program wrote
            jwks: KeysView { keys: [serde_json::from_str(&made.key.jwk).unwrap_or_default()] },
        }
    }
}

/// Registers the client's public key; its secrets end by the same commit.
pub async fn bootstrap(
    State(core): State<Arc<Core>>,
    ClientIp(ip): ClientIp,
    certificate: ClientCertificate,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ClientView>, OAuthError> {
    let parameters = Parameters::read(&headers, query.as_deref(), body, &KNOWN)?;
    let client = authentication(&headers, &parameters, &certificate)?;
    let request = BootstrapRequest { client, jwk: parameters.one("jwk"), proof: parameters.one("proof"), ip };
    Ok(Json(oauth::bootstrap(&core, request).await?.into()))
}
