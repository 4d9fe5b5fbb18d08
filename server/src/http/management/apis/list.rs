//! `GET /api/v1/orgs/{slug}/apis`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::apis::view::Api;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Search};
use crate::http::management::paths::OrgPath;

/// Lists the organisation's APIs, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis",
    operation_id = "api.list",
    tag = "APIs",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Search),
    responses((status = 200, description = "The APIs", body = List<Api>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(search): Query<Search>,
) -> Result<Json<List<Api>>, Problem> {
    let (search, page) = search.split()?;
    let listed = apis::list(&core, &caller, &path.slug, search.as_deref(), &page).await?;
    Ok(Json(List::of(listed, Api::from)))
}
