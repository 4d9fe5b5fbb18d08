//! `GET /api/v1/orgs/{slug}/management-keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, management_keys};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::management_keys::view::ManagementKey;
use crate::http::management::paths::OrgPath;

/// Lists management keys, newest first, revoked ones too. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/management-keys",
    operation_id = "management_key.list",
    tag = "management keys",
    security(("management_key" = ["admin"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The management keys", body = List<ManagementKey>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<ManagementKey>>, Problem> {
    let page = paging.page()?;
    let keys = management_keys::list(&core, &caller, Some(&path.slug)).await?;
    List::page_of(keys, &page, |key| key.id.as_str(), ManagementKey::from).map(Json)
}
