//! `POST /oauth/revoke` (RFC 7009).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use latchkey_core::oauth::RevocationRequest;
use latchkey_core::{Core, oauth};

use super::authentication::authentication;
use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::{ClientCertificate, ClientIp};

/// The parameters of this endpoint. The hint isn't needed: what a token is shows in its form (G3).
const KNOWN: [&str; 2] = ["token", "token_type_hint"];

/// Ends an access token of the client. 200 for one that is unknown or over, too (G2).
pub async fn revoke(
    State(core): State<Arc<Core>>,
    ClientIp(ip): ClientIp,
    certificate: ClientCertificate,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, OAuthError> {
    let parameters = Parameters::read(&headers, query.as_deref(), body, &KNOWN)?;
    let client = authentication(&headers, &parameters, &certificate)?;
    let request = RevocationRequest { token: parameters.secret("token"), client, ip };
    oauth::revoke(&core, &request).await?;
    Ok(StatusCode::OK)
}
