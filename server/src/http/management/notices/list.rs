//! `GET /api/v1/orgs/{slug}/notices`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, notices};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::notices::view::Notice;
use crate::http::management::paths::OrgPath;

/// Lists what the organisation was told, newest first: credentials that expire soon, revocations, limits that are nearly
/// used up, leaks.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/notices",
    operation_id = "notice.list",
    tag = "notices",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The notices", body = List<Notice>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Notice>>, Problem> {
    let found = notices::list(&core, &caller, &path.slug, &paging.page()?).await?;
    Ok(Json(List::of(found.listed, Notice::from)))
}
