//! `DELETE /api/v1/orgs/{slug}/management-keys/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, management_keys};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ManagementKeyPath;

/// Revokes a management key; again is fine. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/management-keys/{id}",
    operation_id = "management_key.revoke",
    tag = "management keys",
    security(("management_key" = ["admin"])),
    params(ManagementKeyPath),
    responses((status = 204, description = "Revoked"), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ManagementKeyPath>,
) -> Result<StatusCode, Problem> {
    management_keys::revoke(&core, &caller, Some(&path.slug), &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
