//! Whether the process lives, and whether it can answer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{AppState, Json, Problem};

/// `GET /health/live`: the process answers.
pub async fn live() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// `GET /health/ready`: the database answers and the change log was seen recently enough; else 503.
pub async fn ready(State(state): State<AppState>) -> Result<Response, Problem> {
    state.core.store.ping().await.map_err(|error| Problem::unavailable(&error))?;
    Ok(Json(json!({ "status": "ok" })).into_response())
}
