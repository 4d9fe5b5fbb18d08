//! `PUT /api/v1/orgs/{slug}/apis/{id}/call-paths`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::call_paths::view::CallPaths;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;
use crate::http::{Fields, Problem};

/// Says anew which chains of callers may reach an API. It holds at once, for tokens that were issued before too. Needs
/// admin.
#[utoipa::path(
    put,
    path = "/orgs/{slug}/apis/{id}/call-paths",
    operation_id = "api.call_paths.set",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(ApiPath),
    request_body = CallPaths,
    responses((status = 200, description = "The call paths", body = CallPaths), Refusal, Conflicts)
)]
pub async fn set(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Fields(paths): Fields<CallPaths>,
) -> Result<Json<CallPaths>, Problem> {
    Ok(Json(apis::set_call_paths(&core, &caller, &path.slug, &path.id, paths.into()).await?.into()))
}
