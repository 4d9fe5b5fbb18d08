//! What `/metrics` tells, in Prometheus' text format (version 0.0.4). Atomics alone: nothing here waits.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use latchkey_types::Outcome;

use super::AppState;
use super::router::Route;

/// Statuses that are counted by themselves; others count as 0.
const STATUSES: [u16; 24] = [
    200, 201, 204, 302, 303, 304, 400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422, 429, 431, 500, 501, 502, 503,
    0,
];

/// Upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 12] = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000];

/// What is counted.
#[derive(Default)]
pub struct Metrics {
    /// Requests by route, status and time.
    pub requests: Requests,
    /// Verifications by what they ended in.
    pub verifications: Verifications,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Requests by route, status and time.
#[derive(Default)]
pub struct Requests {
    routes: OnceLock<HashMap<String, Vec<MethodCounts>>>,
    unmatched: MethodCounts,
}

#[derive(Default)]
struct MethodCounts {
    method: String,
    statuses: [AtomicU64; STATUSES.len()],
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Requests {
    /// Says which routes there are, once, before the first request.
    pub fn know(&self, table: &[Route]) {
        let mut routes: HashMap<String, Vec<MethodCounts>> = HashMap::new();
        for route in table {
            let counts = MethodCounts { method: route.method.clone(), ..MethodCounts::default() };
            routes.entry(route.path.clone()).or_default().push(counts);
        }
        // a second router over the same counts keeps the first one's routes
        let _ = self.routes.set(routes);
    }

    /// Counts one request.
    pub fn count(&self, method: &Method, route: Option<&str>, status: u16, took: Duration) {
        let by_method = route.and_then(|route| self.routes.get()?.get(route));
        let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
        let counts = by_method
            .and_then(|counts| counts.iter().find(|counts| counts.method == wanted || counts.method == "*"))
            .unwrap_or(&self.unmatched);
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len() - 1);
        counts.statuses[status].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = BOUNDS.iter().position(|bound| micros <= *bound) {
            counts.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
        counts.count.fetch_add(1, Ordering::Relaxed);
        counts.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String) {
        let mut all: Vec<(&str, &MethodCounts)> = self
            .routes
            .get()
            .into_iter()
            .flatten()
            .flat_map(|(route, counts)| counts.iter().map(|counts| (route.as_str(), counts)))
            .filter(|(_, counts)| counts.count.load(Ordering::Relaxed) > 0)
            .collect();
        all.sort_unstable_by_key(|(route, counts)| (*route, counts.method.as_str()));
        if self.unmatched.count.load(Ordering::Relaxed) > 0 {
            all.push(("none", &self.unmatched));
        }
        heading(text, "latchkey_http_requests_total", "counter", "Requests by route and status.");
        for (route, counts) in &all {
            for (status, count) in STATUSES.iter().zip(&counts.statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "latchkey_http_requests_total{{method=\"{}\",route=\"{route}\",status=\"{status}\"}} {count}",
                        counts.method
                    );
                }
            }
        }
        heading(
            text,
            "latchkey_http_request_duration_seconds",
            "histogram",
            "Time from a request's head to its answer's head.",
        );
        for (route, counts) in &all {
            counts.write_histogram(text, route);
        }
    }
}

impl MethodCounts {
    #[expect(clippy::cast_precision_loss, reason = "a metric; 2^53 microseconds are 285 years")]
    fn write_histogram(&self, text: &mut String, route: &str) {
        let name = "latchkey_http_request_duration_seconds";
        let labels = format!("method=\"{}\",route=\"{route}\"", self.method);
        let mut sum = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            sum += bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{}\"}} {sum}", *bound as f64 / 1e6);
        }
        let count = self.count.load(Ordering::Relaxed).max(sum);
        let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum{{{labels}}} {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6);
        let _ = writeln!(text, "{name}_count{{{labels}}} {count}");
    }
}

/// Verifications by what they ended in.
pub struct Verifications([AtomicU64; Outcome::ALL.len()]);

impl Default for Verifications {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Verifications {
    /// Counts one.
    pub fn count(&self, outcome: Outcome) {
        if let Some(index) = Outcome::ALL.iter().position(|known| *known == outcome) {
            self.0[index].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(&self, text: &mut String) {
        heading(
            text,
            "latchkey_verifications_total",
            "counter",
            "Verifications by outcome; ISSUED: tokens handed out.",
        );
        for (outcome, count) in Outcome::ALL.iter().zip(&self.0) {
            let _ = writeln!(
                text,
                "latchkey_verifications_total{{outcome=\"{outcome}\"}} {}",
                count.load(Ordering::Relaxed)
            );
        }
    }
}

/// `GET /metrics`.
pub async fn metrics(State(state): State<AppState>) -> Response {
    let mut text = String::with_capacity(8 * 1024);
    state.metrics.requests.write(&mut text);
    state.metrics.verifications.write(&mut text);
    write_cache(&state, &mut text);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// What the verified-cache says of itself.
fn write_cache(state: &AppState, text: &mut String) {
    let stats = state.core.verifier.stats(state.core.clock.monotonic());
    heading(text, "latchkey_verified_cache_entries", "gauge", "Credentials that are remembered as verified.");
    let _ = writeln!(text, "latchkey_verified_cache_entries {}", stats.entries);
    heading(text, "latchkey_change_log_revision", "gauge", "The newest revision of the change log that was seen.");
    let _ = writeln!(text, "latchkey_change_log_revision {}", stats.revision);
    heading(text, "latchkey_change_log_age_seconds", "gauge", "How long ago the change log was last seen.");
    let _ = writeln!(text, "latchkey_change_log_age_seconds {:.3}", stats.age.as_secs_f64());
}

fn heading(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
