//! `GET /api/v1/orgs/{slug}/invitations`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::invitations::view::Invitation;
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;

/// Lists invitations, newest first. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/invitations",
    operation_id = "invitation.list",
    tag = "members",
    security(("management_key" = ["admin"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The invitations", body = List<Invitation>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Invitation>>, Problem> {
    let page = paging.page()?;
    let invitations = orgs::invitations(&core, &caller, &path.slug, &page).await?;
    let now = core.clock.now();
    Ok(Json(List::of(invitations, |invitation| Invitation::at(now, invitation))))
}
