//! `POST /api/v1/orgs/{slug}/keys/{id}/rotate`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::keys::view::{CreatedKey, Rotation};
use crate::http::management::paths::KeyPath;

/// Makes a new secret (or JWT) of the next generation, shown this once. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/keys/{id}/rotate",
    operation_id = "key.rotate",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(KeyPath),
    request_body = Rotation,
    responses((status = 201, description = "The key with its new secret", body = CreatedKey), Refusal, Conflicts)
)]
pub async fn rotate(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<KeyPath>,
    MaybeFields(rotation): MaybeFields<Rotation>,
) -> Result<MadeSecret<CreatedKey>, Problem> {
    let created = keys::rotate(&core, &caller, &path.slug, &path.id, rotation.overlap_seconds).await?;
    let id = created.key.id.to_string();
    Ok(MadeSecret { id, body: CreatedKey::of(&core, created).await })
}
