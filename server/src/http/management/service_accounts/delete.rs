//! `DELETE /api/v1/orgs/{slug}/service-accounts/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ServiceAccountPath;

/// Deletes a service account that never got a token. Needs admin, and at least the account's own role.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/service-accounts/{id}",
    operation_id = "service_account.delete",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
) -> Result<StatusCode, Problem> {
    service_accounts::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
