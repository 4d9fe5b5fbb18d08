//! `POST /api/v1/operator/signing-keys/rotate`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, signing};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{By, MaybeFields};
use crate::http::management::operator::view::Rotation;

/// Lets the next signing key of an algorithm sign, once it is old enough. Operators only.
#[utoipa::path(
    post,
    path = "/operator/signing-keys/rotate",
    operation_id = "signing_key.rotate",
    tag = "operator",
    request_body = Option<Rotation>,
    responses((status = 204, description = "Rotated"), Refusal, Conflicts)
)]
pub async fn rotate_signing_key(
    State(core): State<Arc<Core>>,
    By(caller): By,
    MaybeFields(rotation): MaybeFields<Rotation>,
) -> Result<StatusCode, Problem> {
    let alg = rotation.alg.map(signing::SigningAlg::from).unwrap_or_default();
    signing::rotate(&core, &caller, alg).await?;
    Ok(StatusCode::NO_CONTENT)
}
