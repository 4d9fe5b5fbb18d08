//! `GET /api/v1/orgs/{slug}/leaks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, leaks};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::leaks::view::Leak;
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;

/// Lists where secrets were seen that leaked, newest first. Needs viewer.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/leaks",
    operation_id = "leak.list",
    tag = "leaks",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The leaks", body = List<Leak>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Leak>>, Problem> {
    let page = paging.page()?;
    let listed = leaks::list(&core, &caller, &path.slug, &page).await?;
    Ok(Json(List::of(listed, Leak::from)))
}
