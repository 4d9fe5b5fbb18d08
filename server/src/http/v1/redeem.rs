//! `POST /v1/action-tokens/redeem`: the page behind a link swaps its action token (contract sections 8 and 10).
//!
//! Pages of any origin may call it (C13): it reads no cookie and no other thing that a browser adds by itself, so that a
//! page can do no more with it than any program that has the token.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use latchkey_core::oauth::TokenError;
use latchkey_core::{Core, oauth};
use serde::Deserialize;

use crate::http::oauth::error::OAuthError;
use crate::http::oauth::token::TokenView;
use crate::http::{ClientIp, Routes, json};

/// How long a browser needn't ask again whether it may, in seconds.
const PREFLIGHT_SECONDS: u32 = 600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redemption {
    token: String,
}

const PATH: &str = "/v1/action-tokens/redeem";

/// The one route, with what it says to browsers.
pub fn routes() -> Routes {
    Routes::new().post(PATH, redeem).options(PATH, preflight).layer(from_fn(open_to_pages))
}

/// Answers the browser's question whether a page of another origin may call.
async fn preflight() -> impl IntoResponse {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(PREFLIGHT_SECONDS)),
    ];
    (StatusCode::NO_CONTENT, headers)
}

async fn redeem(
    State(core): State<Arc<Core>>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<TokenView>, OAuthError> {
    let redemption = read(&headers, body)?;
    match oauth::redeem(&core, &redemption.token, ip).await {
        Ok(issued) => Ok(Json(issued.into())),
        Err(TokenError::InvalidGrant) => Err(OAuthError::invalid_action_token()),
        Err(error) => Err(error.into()),
    }
}

fn read(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Redemption, OAuthError> {
    const EXPECTED: &str = "Send {'token': '...'} as application/json, and nothing else.";
    let body = body.map_err(unreadable)?;
    if !json::is_json(headers) || json::is_array(&body) {
        return Err(OAuthError::invalid_request(EXPECTED));
    }
    serde_json::from_slice(&body).map_err(|_| OAuthError::invalid_request(EXPECTED))
}

fn unreadable(rejection: BytesRejection) -> OAuthError {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => OAuthError::too_large(),
        other if json::is_too_slow(&other) => OAuthError::too_slow(),
        _ => OAuthError::invalid_request("The body ended before its end."),
    }
}

/// Marks every answer for pages of any origin, and as not to be kept, errors too (A7). Never with
/// `Access-Control-Allow-Credentials`: there are none to send.
async fn open_to_pages(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
