//! `POST /api/v1/orgs/{slug}/webhooks/{id}/rotate`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::WebhookPath;
use crate::http::management::webhooks::view::{Webhook, WebhookWithSecret};

/// Gives a webhook another secret, shown this once. For 24 hours what is posted is signed with both. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/webhooks/{id}/rotate",
    operation_id = "webhook.rotate",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(WebhookPath),
    responses((status = 201, description = "The webhook, with its new secret", body = WebhookWithSecret), Refusal, Conflicts)
)]
pub async fn rotate(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WebhookPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<MadeSecret<WebhookWithSecret>, Problem> {
    let rotated = webhooks::rotate(&core, &caller, &path.slug, &path.id).await?;
    let about = Webhook::from(rotated.webhook);
    let secret = rotated.secret.expose().to_owned();
    Ok(MadeSecret { id: about.id.clone(), body: WebhookWithSecret { about, secret } })
}
