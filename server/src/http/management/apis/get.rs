//! `GET /api/v1/orgs/{slug}/apis/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::apis::view::Api;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;

/// Shows an API of the organisation.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis/{id}",
    operation_id = "api.get",
    tag = "APIs",
    security(("management_key" = ["viewer"])),
    params(ApiPath),
    responses((status = 200, description = "The API", body = Api), Refusal)
)]
pub async fn get(State(core): State<Arc<Core>>, By(caller): By, At(path): At<ApiPath>) -> Result<Json<Api>, Problem> {
    let api = apis::get(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(Api::from(api)))
}
