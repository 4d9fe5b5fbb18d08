//! `POST /v1/revoke`: who holds a secret may end it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::{Core, leaks};
use serde::Deserialize;
use serde_json::json;

use crate::http::{ClientIp, Problem, json};

/// What shall end. It is borrowed from the request's bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    credential: Cow<'a, str>,
}

/// Ends a secret. Whether it was one, and held until now, the answer doesn't say.
pub async fn revoke(
    State(core): State<Arc<Core>>,
    ip: ClientIp,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| json::unreadable(&rejection))?;
    let body: Body<'_> = json::parse(&body, StatusCode::BAD_REQUEST)?;
    leaks::revoke(&core, &body.credential, ip.0).await?;
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json!({}))).into_response())
}
