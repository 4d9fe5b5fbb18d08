//! `PATCH /api/v1/orgs/{slug}/webhooks/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::WebhookPath;
use crate::http::management::webhooks::view::{Webhook, WebhookPatch};
use crate::http::{Fields, Problem};

/// Changes a webhook, switches it off or on. What waits for one that is switched off ends as failed, and can be sent again
/// later. Needs admin.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/webhooks/{id}",
    operation_id = "webhook.update",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath),
    request_body = WebhookPatch,
    responses((status = 200, description = "The webhook as it is now", body = Webhook), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
    Fields(patch): Fields<WebhookPatch>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(webhooks::update(&core, &caller, &path.slug, &path.id, patch.into()).await?.into()))
}
