//! `POST /api/v1/operator/signing-keys/{kid}/revoke`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, signing};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::SigningKeyPath;

/// Revokes a signing key: nothing that it signed holds any more. Operators only.
#[utoipa::path(
    post,
    path = "/operator/signing-keys/{kid}/revoke",
    operation_id = "signing_key.revoke",
    tag = "operator",
    params(SigningKeyPath),
    responses((status = 204, description = "Revoked"), Refusal, Conflicts)
)]
pub async fn revoke_signing_key(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<SigningKeyPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<StatusCode, Problem> {
    signing::revoke(&core, &caller, &path.kid).await?;
    Ok(StatusCode::NO_CONTENT)
}
