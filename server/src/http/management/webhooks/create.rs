//! `POST /api/v1/orgs/{slug}/webhooks`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, webhooks};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::webhooks::view::{NewWebhook, Webhook, WebhookWithSecret};
use crate::http::{Fields, Problem};

/// Has notices posted to an address, signed as <https://www.standardwebhooks.com> says. The secret is shown this once.
/// Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/webhooks",
    operation_id = "webhook.create",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook, with its secret", body = WebhookWithSecret), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewWebhook>,
) -> Result<MadeSecret<WebhookWithSecret>, Problem> {
    let created = webhooks::create(&core, &caller, &path.slug, new.into()).await?;
    let about = Webhook::from(created.webhook);
    let secret = created.secret.expose().to_owned();
    Ok(MadeSecret { id: about.id.clone(), body: WebhookWithSecret { about, secret } })
}
