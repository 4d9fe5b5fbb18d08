//! `DELETE /api/v1/orgs/{slug}/webhooks/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, webhooks};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::WebhookPath;

/// Deletes a webhook, with all that was or will be sent to it. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/webhooks/{id}",
    operation_id = "webhook.delete",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
) -> Result<StatusCode, Problem> {
    webhooks::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
