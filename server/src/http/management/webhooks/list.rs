//! `GET /api/v1/orgs/{slug}/webhooks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;
use crate::http::management::webhooks::view::Webhook;

/// Lists webhooks, newest first. Needs admin: addresses may hold secrets.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/webhooks",
    operation_id = "webhook.list",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The webhooks", body = List<Webhook>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Webhook>>, Problem> {
    let page = paging.page()?;
    let all = webhooks::list(&core, &caller, &path.slug).await?;
    List::page_of(all, &page, |webhook| webhook.id.as_str(), Webhook::from).map(Json)
}
