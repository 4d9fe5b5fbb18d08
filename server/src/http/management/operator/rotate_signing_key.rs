//! `POST /api/v1/operator/signing-keys/rotate`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, signing};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{By, MaybeFields, Nothing};

/// Lets the next signing key sign, once it is old enough. Operators only.
#[utoipa::path(
    post,
    path = "/operator/signing-keys/rotate",
    operation_id = "signing_key.rotate",
    tag = "operator",
    responses((status = 204, description = "Rotated"), Refusal, Conflicts)
)]
pub async fn rotate_signing_key(
    State(core): State<Arc<Core>>,
    By(caller): By,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<StatusCode, Problem> {
    signing::rotate(&core, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
