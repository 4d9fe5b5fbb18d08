//! One log line and one count for each request, and an id that ties them to the answer. Never a query string, a
//! header or a body: those may hold secrets (F-19).

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tracing::Instrument;

use crate::http::AppState;

/// The header that carries the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, counts it and logs it.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request_id(&state);
    let method = request.method().clone();
    let route: Option<Arc<str>> = request.extensions().get::<MatchedPath>().map(|path| path.as_str().into());
    let span = tracing::info_span!("request", id, %method, route = route.as_deref().unwrap_or("none"));

    let started = state.core.clock.monotonic();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = state.core.clock.monotonic().saturating_sub(started);

    let status = response.status().as_u16();
    state.metrics.requests.count(&method, route.as_deref(), status, took);
    let _entered = span.enter();
    tracing::debug!(target: "latchkey::access", status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn request_id(state: &AppState) -> String {
    let mut bytes = [0; 12];
    state.core.random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
