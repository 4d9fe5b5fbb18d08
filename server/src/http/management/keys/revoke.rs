//! `POST /api/v1/orgs/{slug}/keys/{id}/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::keys::view::Key;
use crate::http::management::paths::KeyPath;
use crate::http::management::revocation::Revocation;

/// Ends a key for good; again is fine. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/keys/{id}/revoke",
    operation_id = "key.revoke",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(KeyPath),
    request_body = Revocation,
    responses((status = 200, description = "The key", body = Key), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<KeyPath>,
    MaybeFields(revocation): MaybeFields<Revocation>,
) -> Result<Json<Key>, Problem> {
    let key = keys::revoke(&core, &caller, &path.slug, &path.id, revocation.reason).await?;
    Ok(Json(Key::of(&core, key).await?))
}
