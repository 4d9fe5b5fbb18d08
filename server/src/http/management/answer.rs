//! What the operations answer, and how the answers are described.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoResponses;

use crate::http::Problem;

/// 201 with what was made.
#[derive(Debug)]
pub struct Made<T>(pub T);

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// 201 with a secret that is shown this once: it is never kept for a repeated call.
#[derive(Debug)]
pub struct MadeSecret<T> {
    /// The id of what the secret belongs to.
    pub id: String,
    /// The answer, with the secret.
    pub body: T,
}

/// Marks an answer that holds a secret; the text is the id of what was made.
#[derive(Clone, Debug)]
pub struct HoldsSecret(pub String);

impl<T: Serialize> IntoResponse for MadeSecret<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        response.extensions_mut().insert(HoldsSecret(self.id));
        response
    }
}

/// The refusals that every operation knows.
#[derive(IntoResponses)]
pub enum Refusal {
    /// The management key is missing or not good.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(#[to_schema] Problem),
    /// The key's role may not do this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// Missing, or another organisation's: the two are the same.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// A member or parameter is not good; `errors` names it.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// Too many attempts; `Retry-After` says how long to wait.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// The answer can't be known now; try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// The refusals of operations that change something.
#[derive(IntoResponses)]
pub enum Conflicts {
    /// The body is not JSON.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    /// It doesn't go together with what is there; `type` says what.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// The body is larger than 1 MiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
}
