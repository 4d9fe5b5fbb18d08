//! `DELETE /api/v1/orgs/{slug}/apis/{id}/verification-keys/{key}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::VerificationKeyPath;

/// Ends a verification key at once. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/apis/{id}/verification-keys/{key}",
    operation_id = "verification_key.delete",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(VerificationKeyPath),
    responses((status = 204, description = "Ended"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<VerificationKeyPath>,
) -> Result<StatusCode, Problem> {
    apis::delete_verification_key(&core, &caller, &path.slug, &path.id, &path.key).await?;
    Ok(StatusCode::NO_CONTENT)
}
