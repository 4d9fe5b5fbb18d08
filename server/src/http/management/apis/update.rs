//! `PATCH /api/v1/orgs/{slug}/apis/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::apis::view::{Api, ApiPatch};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;
use crate::http::{Fields, Problem};

/// Changes an API. Needs admin.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/apis/{id}",
    operation_id = "api.update",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(ApiPath),
    request_body = ApiPatch,
    responses((status = 200, description = "The API", body = Api), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Fields(patch): Fields<ApiPatch>,
) -> Result<Json<Api>, Problem> {
    let api = apis::update(&core, &caller, &path.slug, &path.id, patch.into()).await?;
    Ok(Json(Api::from(api)))
}
