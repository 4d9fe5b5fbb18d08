//! `DELETE /api/v1/orgs/{slug}/service-accounts/{id}/keys/{key}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ServiceAccountKeyPath;

/// Deletes a public key of a service account: what it signs proves nothing any more. Needs admin, and at least the
/// account's own role.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/service-accounts/{id}/keys/{key}",
    operation_id = "service_account.key.delete",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountKeyPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountKeyPath>,
) -> Result<StatusCode, Problem> {
    service_accounts::delete_key(&core, &caller, &path.slug, &path.id, &path.key).await?;
    Ok(StatusCode::NO_CONTENT)
}
