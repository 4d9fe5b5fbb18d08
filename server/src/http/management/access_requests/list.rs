//! `GET /api/v1/orgs/{slug}/access-requests`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::access_requests::view::AccessRequest;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;

/// Lists what the organisation asked for, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/access-requests",
    operation_id = "access_request.list",
    tag = "access requests",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The access requests", body = List<AccessRequest>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<AccessRequest>>, Problem> {
    let page = paging.page()?;
    let requests = apis::own_access_requests(&core, &caller, &path.slug, &page).await?;
    Ok(Json(List::of(requests, AccessRequest::from)))
}
