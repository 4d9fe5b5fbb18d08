//! Whether the process lives, and whether it can answer.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{AppState, Json, Problem};

/// Verification answers 503 for as long.
#[derive(Debug, thiserror::Error)]
#[error("the change log wasn't seen for {} ms", .0.as_millis())]
struct StaleChangeLog(Duration);

/// `GET /health/live`: the process answers.
pub async fn live() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// `GET /health/ready`: the database answers and the change log was seen recently enough; else 503.
pub async fn ready(State(state): State<AppState>) -> Result<Response, Problem> {
    state.core.store.ping().await.map_err(|error| Problem::unavailable(&error))?;
    let stats = state.core.verifier.stats(state.core.clock.monotonic());
    if stats.age > state.core.settings.max_staleness {
        return Err(Problem::unavailable(&StaleChangeLog(stats.age)));
    }
    Ok(Json(json!({ "status": "ok" })).into_response())
}
