//! The `OAuth2` endpoints for machines (RFC 6749, RFC 7662, RFC 7009).

mod authentication;
mod bootstrap;
mod dpop;
pub mod error;
mod introspect;
mod parameters;
mod register;
mod revoke;
pub mod supported;
pub mod token;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::Routes;

/// `/oauth/…`.
pub fn routes() -> Routes {
    Routes::new()
        .post("/oauth/token", token::token)
        .post("/oauth/bootstrap", bootstrap::bootstrap)
        .post("/oauth/register", register::register)
        .post("/oauth/introspect", introspect::introspect)
        .post("/oauth/revoke", revoke::revoke)
        .layer(from_fn(no_store))
}

/// On every answer, errors too (RFC 6749 section 5.1, A7).
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
