//! `GET /.well-known/oauth-authorization-server` (RFC 8414): what really works, and nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use latchkey_core::Core;
use latchkey_core::signing::SigningAlg;
use serde::Serialize;

use crate::config::PublicUrl;
use crate::http::oauth::supported::{ASSERTION_ALGS, DPOP_ALGS, GRANT_TYPES, INTROSPECTION_ALGS, auth_methods};
use crate::http::state::HttpSettings;

/// RFC 8414 section 2. `response_types_supported` would be empty without an authorization endpoint, and what is
/// empty is left out (section 3.2, H4).
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    registration_endpoint: String,
    jwks_uri: String,
    grant_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    token_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    introspection_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    revocation_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    /// RFC 9701 section 7.
    introspection_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 9449 section 5.1.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dpop_signing_alg_values_supported: &'static [&'static str],
    /// RFC 8705 section 3.3.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_endpoint_aliases: Option<Aliases>,
}

/// Where clients with certificates find the endpoints (RFC 8705 section 5).
#[derive(Serialize)]
struct Aliases {
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
}

impl Aliases {
    fn at(origin: &PublicUrl) -> Self {
        Self {
            token_endpoint: format!("{origin}/oauth/token"),
            introspection_endpoint: format!("{origin}/oauth/introspect"),
            revocation_endpoint: format!("{origin}/oauth/revoke"),
        }
    }
}

/// Says what the authorization server offers. Any page may read it (RFC 9700 section 2.6).
pub async fn metadata(State(core): State<Arc<Core>>, State(settings): State<Arc<HttpSettings>>) -> Response {
    let issuer = core.settings.issuer.as_str();
    let at = |path| format!("{issuer}{path}");
    let certificates = &settings.client_certificates;
    let methods = auth_methods(certificates);
    // an API introspects with its verification key, which is its bearer token there (RFC 8414 section 2)
    let introspection_methods = methods.iter().copied().chain(["Bearer"]).collect();
    let metadata = Metadata {
        issuer,
        token_endpoint: at("/oauth/token"),
        introspection_endpoint: at("/oauth/introspect"),
        revocation_endpoint: at("/oauth/revoke"),
        registration_endpoint: at("/oauth/register"),
        jwks_uri: at("/.well-known/jwks.json"),
        grant_types_supported: GRANT_TYPES,
        token_endpoint_auth_methods_supported: methods.clone(),
        introspection_endpoint_auth_methods_supported: introspection_methods,
        revocation_endpoint_auth_methods_supported: methods,
        token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
        introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
        revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
        introspection_signing_alg_values_supported: INTROSPECTION_ALGS
            .iter()
            .copied()
            .map(SigningAlg::as_str)
            .collect(),
        dpop_signing_alg_values_supported: DPOP_ALGS,
        tls_client_certificate_bound_access_tokens: certificates.are_possible(),
        mtls_endpoint_aliases: certificates.public_url.as_ref().map(Aliases::at),
    };
    let headers = [(header::CACHE_CONTROL, "public, max-age=300"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, axum::Json(metadata)).into_response()
}
