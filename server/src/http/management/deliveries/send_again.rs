//! `POST /api/v1/orgs/{slug}/webhooks/{id}/deliveries/{delivery}/send-again`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, deliveries};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::deliveries::view::Delivery;
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::DeliveryPath;

/// Sends again what was taken or given up, with the same `webhook-id`; what waits is sent at once. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/webhooks/{id}/deliveries/{delivery}/send-again",
    operation_id = "webhook.send_again",
    tag = "webhooks",
    security(("management_key" = ["admin"])),
    params(DeliveryPath),
    responses((status = 200, description = "The delivery, which is on its way", body = Delivery), Refusal, Conflicts)
)]
pub async fn send_again(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<DeliveryPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<Delivery>, Problem> {
    Ok(Json(deliveries::send_again(&core, &caller, &path.slug, &path.id, &path.delivery).await?.into()))
}
