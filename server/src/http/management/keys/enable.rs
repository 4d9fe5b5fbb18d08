//! `POST /api/v1/orgs/{slug}/keys/{id}/enable`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::keys::view::Key;
use crate::http::management::paths::KeyPath;

/// Switches a key on. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/keys/{id}/enable",
    operation_id = "key.enable",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(KeyPath),
    responses((status = 200, description = "The key", body = Key), Refusal, Conflicts)
)]
pub async fn enable(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<KeyPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<Key>, Problem> {
    let key = keys::enable(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(Key::of(&core, key).await?))
}
