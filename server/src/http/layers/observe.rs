//! One log line and one count for each request, and an id that ties them to the answer. Never a query string, a
//! header or a body: those may hold secrets (F-19).

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;

use crate::http::AppState;
use crate::http::request_id::{REQUEST_ID, RequestId};

/// A request that is being answered.
pub struct Observed {
    id: RequestId,
    method: Method,
    route: Option<MatchedPath>,
    started: Duration,
}

impl Observed {
    /// Names the request and looks at the clock.
    pub fn begin(state: &AppState, request: &Request) -> Self {
        Self {
            id: state.request_ids.next(),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            started: state.core.clock.monotonic(),
        }
    }

    /// The request's name.
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// Counts and logs the answer, and writes the request's id into it.
    pub fn end(self, state: &AppState, response: &mut Response) {
        let took = state.core.clock.monotonic().saturating_sub(self.started);
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let (method, status) = (&self.method, response.status().as_u16());
        state.metrics.requests.count(method, route, status, took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(target: "latchkey::access", %method, route = route.unwrap_or("none"), status, micros, "answered");
        if let Some(id) = self.id.header() {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}
