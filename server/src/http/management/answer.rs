//! What the operations answer, and how the answers are described.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoResponses;
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::{Content, Ref, RefOr};

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
pub struct Refusal;

impl IntoResponses for Refusal {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        problems(&[
            (400, "The request can't be read: a body that isn't JSON, or two `Authorization` headers."),
            (401, "The management key is missing or not good."),
            (403, "The key's role may not do this."),
            (404, "Missing, or another organisation's: the two are the same."),
            (422, "A member or parameter is not good; `errors` names it."),
            (429, "Too many attempts; `Retry-After` says how long to wait."),
            (503, "The answer can't be known now; try again after `Retry-After` seconds."),
        ])
    }
}

/// The refusals of operations that change something.
pub struct Conflicts;

impl IntoResponses for Conflicts {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        problems(&[
            (408, "The body came too slowly."),
            (409, "It doesn't go together with what is there; `type` says what."),
            (413, "The body is larger than 1 MiB."),
            (415, "The body doesn't say that it is JSON."),
        ])
    }
}

fn problems(statuses: &[(u16, &str)]) -> BTreeMap<String, RefOr<Described>> {
    let describe = |(status, description): &(u16, &str)| {
        let content = Content::builder().schema(Some(Ref::from_schema_name("Problem"))).build();
        let described =
            ResponseBuilder::new().description(*description).content("application/problem+json", content).build();
        (status.to_string(), RefOr::T(described))
    };
    statuses.iter().map(describe).collect()
}
