//! `GET /api/v1/orgs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::orgs::view::Org;

/// Lists the organisations that the caller sees.
#[utoipa::path(
    get,
    path = "/orgs",
    operation_id = "org.list",
    tag = "organisations",
    params(Paging),
    responses((status = 200, description = "The organisations", body = List<Org>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Org>>, Problem> {
    let listed = orgs::list(&core, &caller, &paging.page()?).await?;
    Ok(Json(List::of(listed, Org::from)))
}
