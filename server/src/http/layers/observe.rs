//! One log line and one count for each request, and an id that ties them to the answer. Never a query string, a
//! header or a body: those may hold secrets (F-19).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::random::Random;
use tracing::Span;

use crate::http::AppState;

/// The header that carries the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is being answered.
pub struct Observed {
    id: String,
    method: Method,
    route: Option<MatchedPath>,
    started: Duration,
    span: Span,
}

impl Observed {
    /// Names the request and looks at the clock.
    pub fn begin(state: &AppState, request: &Request) -> Self {
        let id = state.request_ids.next();
        Self {
            span: tracing::info_span!("request", id),
            id,
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            started: state.core.clock.monotonic(),
        }
    }

    /// What everything that is logged meanwhile stands in.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Counts and logs the answer, and writes the request's id into it.
    pub fn end(self, state: &AppState, response: &mut Response) {
        let took = state.core.clock.monotonic().saturating_sub(self.started);
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let (method, status) = (&self.method, response.status().as_u16());
        state.metrics.requests.count(method, route, status, took);
        let _entered = self.span.enter();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(target: "latchkey::access", %method, route = route.unwrap_or("none"), status, micros, "answered");
        if let Ok(value) = HeaderValue::from_str(&self.id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
    }
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
