//! `GET /api/v1/orgs/{slug}/members`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::members::view::Member;
use crate::http::management::paths::OrgPath;

/// Lists members by name. Needs developer.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/members",
    operation_id = "member.list",
    tag = "members",
    security(("management_key" = ["developer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The members", body = List<Member>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Member>>, Problem> {
    let page = paging.page()?;
    let members = orgs::members(&core, &caller, &path.slug, &page).await?;
    Ok(Json(List::of(members, Member::from)))
}
