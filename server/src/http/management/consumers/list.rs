//! `GET /api/v1/orgs/{slug}/apis/{id}/consumers`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::consumers::view::Consumer;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::ApiPath;

/// Lists the other organisations that hold credentials for an API, by slug.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis/{id}/consumers",
    operation_id = "consumer.list",
    tag = "consumers",
    security(("management_key" = ["viewer"])),
    params(ApiPath, Paging),
    responses((status = 200, description = "The consumers", body = List<Consumer>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Consumer>>, Problem> {
    let page = paging.page()?;
    let consumers = apis::consumers(&core, &caller, &path.slug, &path.id, &page).await?;
    let now = core.clock.now();
    Ok(Json(List::of(consumers, |detail| Consumer::at(now, detail))))
}
