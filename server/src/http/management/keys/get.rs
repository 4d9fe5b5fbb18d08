//! `GET /api/v1/orgs/{slug}/keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::keys::view::Key;
use crate::http::management::paths::KeyPath;

/// Shows a key.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/keys/{id}",
    operation_id = "key.get",
    tag = "keys",
    security(("management_key" = ["viewer"])),
    params(KeyPath),
    responses((status = 200, description = "The key", body = Key), Refusal)
)]
pub async fn get(State(core): State<Arc<Core>>, By(caller): By, At(path): At<KeyPath>) -> Result<Json<Key>, Problem> {
    let key = keys::get(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(Key::of(&core, key).await?))
}
