//! One log line and one count for each request, and an id that ties them to the answer. Never a query string, a
//! header or a body: those may hold secrets (F-19).

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::random::Random;
use tracing::Instrument;

use crate::http::AppState;

/// The header that carries the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, counts it and logs it.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = state.request_ids.next();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let span = tracing::info_span!("request", id);

    let started = state.core.clock.monotonic();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = state.core.clock.monotonic().saturating_sub(started);

    let status = response.status().as_u16();
    state.metrics.requests.count(&method, route, status, took);
    let _entered = span.enter();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(target: "latchkey::access", %method, route = route.unwrap_or("none"), status, micros, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Names requests: a random word of the process and a count. An id is for finding a line in a log; it proves nothing,
/// and asking the system for randomness at each request would cost more than the rest of this layer.
pub struct RequestIds {
    process: String,
    count: AtomicU64,
}

impl RequestIds {
    /// With a new word.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 6];
        random.fill(&mut bytes);
        Self { process: URL_SAFE_NO_PAD.encode(bytes), count: AtomicU64::new(0) }
    }

    fn next(&self) -> String {
        format!("{}-{:x}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }
}
