//! `GET /api/v1/orgs/{slug}/apis/{id}/openapi`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::Core;
use latchkey_core::apis::operations;

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::operations::view::OperationTable;
use crate::http::management::paths::ApiPath;

/// Shows the operations of an API, and what was called that its document doesn't have. Needs viewer.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis/{id}/openapi",
    operation_id = "api.openapi.get",
    tag = "APIs",
    security(("management_key" = ["viewer"])),
    params(ApiPath),
    responses((status = 200, description = "The operations; `document` is null where none was uploaded", body = OperationTable), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
) -> Result<Json<OperationTable>, Problem> {
    let table = operations::operations(&core, &caller, &path.slug, &path.id).await?;
    let unknown = operations::unknown_operations(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(OperationTable::of(table, unknown)))
}
