//! The `OAuth2` endpoints for machines (RFC 6749).

mod basic;
mod error;
mod form;
mod token;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::Routes;

/// The grant that works (RFC 6749 section 4.4).
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// `/oauth/…`.
pub fn routes() -> Routes {
    Routes::new().post("/oauth/token", token::token).layer(from_fn(no_store))
}

/// On every answer, errors too (RFC 6749 section 5.1, A7).
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
