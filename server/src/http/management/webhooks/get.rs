//! `GET /api/v1/orgs/{slug}/webhooks/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::WebhookPath;
use crate::http::management::webhooks::view::Webhook;

/// Reads a webhook. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/webhooks/{id}",
    operation_id = "webhook.get",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath),
    responses((status = 200, description = "The webhook", body = Webhook), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(webhooks::get(&core, &caller, &path.slug, &path.id).await?.into()))
}
