//! `PATCH /api/v1/orgs/{slug}/keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::keys::view::{Key, KeyPatch};
use crate::http::management::paths::KeyPath;
use crate::http::{Fields, Problem};

/// Changes a key. Needs developer.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/keys/{id}",
    operation_id = "key.update",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(KeyPath),
    request_body = KeyPatch,
    responses((status = 200, description = "The key", body = Key), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<KeyPath>,
    Fields(patch): Fields<KeyPatch>,
) -> Result<Json<Key>, Problem> {
    let key = keys::update(&core, &caller, &path.slug, &path.id, patch.into()).await?;
    Ok(Json(Key::of(&core, key).await?))
}
