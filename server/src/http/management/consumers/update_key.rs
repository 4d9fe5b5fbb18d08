//! `PATCH /api/v1/orgs/{slug}/apis/{id}/keys/{key}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::consumers::view::{ConsumerKey, ConsumerKeyPatch};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ConsumerKeyPath;
use crate::http::{Fields, Problem};

/// Changes what the API's owner says of one key for the API, whoever holds it. Needs admin.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/apis/{id}/keys/{key}",
    operation_id = "consumer.update_key",
    tag = "consumers",
    security(("management_key" = ["admin"])),
    params(ConsumerKeyPath),
    request_body = ConsumerKeyPatch,
    responses((status = 200, description = "What the API's owner says of the key", body = ConsumerKey), Refusal, Conflicts)
)]
pub async fn update_key(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ConsumerKeyPath>,
    Fields(patch): Fields<ConsumerKeyPatch>,
) -> Result<Json<ConsumerKey>, Problem> {
    let key = keys::update_as_api_owner(&core, &caller, &path.slug, &path.id, &path.key, patch.into()).await?;
    Ok(Json(ConsumerKey::of(&core, key).await?))
}
