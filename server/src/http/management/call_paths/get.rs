//! `GET /api/v1/orgs/{slug}/apis/{id}/call-paths`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::call_paths::view::CallPaths;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;

/// Shows which chains of callers may reach an API.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis/{id}/call-paths",
    operation_id = "api.call_paths.get",
    tag = "APIs",
    security(("management_key" = ["viewer"])),
    params(ApiPath),
    responses((status = 200, description = "The call paths", body = CallPaths), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
) -> Result<Json<CallPaths>, Problem> {
    Ok(Json(apis::call_paths(&core, &caller, &path.slug, &path.id).await?.into()))
}
