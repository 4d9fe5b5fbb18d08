//! `POST /api/v1/orgs/{slug}/apis/{id}/access-requests/{request}/approve`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::access_requests::view::AccessRequest;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::RequestPath;

/// Grants the scopes of a request. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apis/{id}/access-requests/{request}/approve",
    operation_id = "access_request.approve",
    tag = "access requests",
    security(("management_key" = ["admin"])),
    params(RequestPath),
    responses((status = 200, description = "The access request", body = AccessRequest), Refusal, Conflicts)
)]
pub async fn approve(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<RequestPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<AccessRequest>, Problem> {
    let request = apis::decide_access_request(&core, &caller, &path.slug, &path.id, &path.request, true).await?;
    Ok(Json(AccessRequest::from(request)))
}
