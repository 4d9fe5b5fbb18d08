//! `POST /api/v1/orgs/{slug}/webhooks/{id}/test`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::deliveries::view::Delivery;
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::WebhookPath;

/// Sends an event of type `webhook.test`, whatever kinds the webhook takes. How it went stands in its deliveries. Needs
/// admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/webhooks/{id}/test",
    operation_id = "webhook.test",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath),
    responses((status = 201, description = "The delivery, which is on its way", body = Delivery), Refusal, Conflicts)
)]
pub async fn test(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Made<Delivery>, Problem> {
    Ok(Made(webhooks::send_test(&core, &caller, &path.slug, &path.id).await?.into()))
}
