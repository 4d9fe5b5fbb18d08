//! `GET /.well-known/oauth-authorization-server` (RFC 8414): what really works, and nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use latchkey_core::Core;
use latchkey_core::apps::AuthMethod;
use serde::Serialize;

use crate::http::oauth;

/// RFC 8414 section 2. `response_types_supported` would be empty without an authorization endpoint, and what is
/// empty is left out (section 3.2, H4).
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
}

/// Says what the authorization server offers. Any page may read it (RFC 9700 section 2.6).
pub async fn metadata(State(core): State<Arc<Core>>) -> Response {
    let issuer = core.settings.issuer.as_str();
    let metadata = Metadata {
        issuer,
        token_endpoint: format!("{issuer}/oauth/token"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: [oauth::CLIENT_CREDENTIALS],
        token_endpoint_auth_methods_supported: [
            AuthMethod::ClientSecretBasic.as_str(),
            AuthMethod::ClientSecretPost.as_str(),
        ],
    };
    let headers = [(header::CACHE_CONTROL, "public, max-age=300"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, axum::Json(metadata)).into_response()
}
