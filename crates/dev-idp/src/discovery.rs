//! Provider metadata and keys (OpenID Connect Discovery section 3).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use latchkey_jose::JwkSet;
use serde_json::{Value, json};

use crate::Provider;

/// `GET /.well-known/openid-configuration`.
pub async fn metadata(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let issuer = &provider.config.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "jwks_uri": format!("{issuer}/jwks.json"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name", "preferred_username", "email", "email_verified"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": false,
    }))
}

/// `GET /jwks.json`.
pub async fn jwks(State(provider): State<Arc<Provider>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/jwk-set+json")], JwkSet::new([provider.key.public_key()]).to_json())
}
