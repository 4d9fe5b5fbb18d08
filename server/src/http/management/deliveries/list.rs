//! `GET /api/v1/orgs/{slug}/webhooks/{id}/deliveries`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, deliveries};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::deliveries::view::Delivery;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::WebhookPath;

/// Lists what was and is to be sent to a webhook in the last 30 days, newest first. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/webhooks/{id}/deliveries",
    operation_id = "delivery.list",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath, Paging),
    responses((status = 200, description = "The deliveries", body = List<Delivery>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Delivery>>, Problem> {
    let listed = deliveries::list(&core, &caller, &path.slug, &path.id, &paging.page()?).await?;
    Ok(Json(List::of(listed, Delivery::from)))
}
