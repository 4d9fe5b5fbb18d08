//! `POST /oauth/bootstrap`: a client trades its secret for a key of its own, once.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use latchkey_core::oauth::BootstrapRequest;
use latchkey_core::{Core, oauth};

use super::authentication::authentication;
use super::client_information::ClientInformation;
use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::{ClientCertificate, ClientIp};

/// The parameters of this endpoint.
const KNOWN: [&str; 2] = ["jwk", "proof"];

/// Registers the client's public key; its secrets end by the same commit. Answers the client as it is from now on.
pub async fn bootstrap(
    State(core): State<Arc<Core>>,
    ClientIp(ip): ClientIp,
    certificate: ClientCertificate,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ClientInformation>, OAuthError> {
    let parameters = Parameters::read(&headers, query.as_deref(), body, &KNOWN)?;
    let client = authentication(&headers, &parameters, &certificate)?;
    let request = BootstrapRequest { client, jwk: parameters.one("jwk"), proof: parameters.one("proof"), ip };
    Ok(Json(oauth::bootstrap(&core, request).await?.into()))
}
