//! `DELETE /api/v1/orgs/{slug}/apis/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;

/// Deletes an API without live credentials. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/apis/{id}",
    operation_id = "api.delete",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(ApiPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
) -> Result<StatusCode, Problem> {
    apis::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
