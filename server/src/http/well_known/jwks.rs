//! `GET /.well-known/jwks.json` (RFC 7517 section 5).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use latchkey_core::{Core, signing};

use crate::http::Problem;

/// The public keys of `next`, `active` and `retired`. Any page may read them (RFC 9700 section 2.6).
pub async fn jwks(State(core): State<Arc<Core>>) -> Result<Response, Problem> {
    let keys = signing::jwks(&core).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (header::CACHE_CONTROL, format!("public, max-age={}", signing::JWKS_MAX_AGE_SECONDS)),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    Ok((headers, keys.to_string()).into_response())
}
