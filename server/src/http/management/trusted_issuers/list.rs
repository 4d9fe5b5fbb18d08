//! `GET /api/v1/orgs/{slug}/trusted-issuers`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, trusted_issuers};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;
use crate::http::management::trusted_issuers::view::TrustedIssuer;

/// Lists trusted issuers, newest first. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/trusted-issuers",
    operation_id = "trusted_issuer.list",
    tag = "trusted issuers",
    security(("management_key" = ["admin"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The trusted issuers", body = List<TrustedIssuer>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<TrustedIssuer>>, Problem> {
    let page = paging.page()?;
    let all = trusted_issuers::list(&core, &caller, &path.slug).await?;
    let all = all.into_iter().map(TrustedIssuer::try_from).collect::<Result<Vec<_>, _>>()?;
    List::page_of(all, &page, |trusted| &trusted.id, |trusted| trusted).map(Json)
}
