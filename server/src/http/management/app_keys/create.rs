//! `POST /api/v1/orgs/{slug}/apps/{id}/keys`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::app_keys::view::{NewPublicKey, PublicKey};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppPath;
use crate::http::{Fields, Problem};

/// Registers a public key for `private_key_jwt`; ten are the most. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps/{id}/keys",
    operation_id = "app.key.create",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    request_body = NewPublicKey,
    responses((status = 201, description = "The public key", body = PublicKey), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    Fields(new): Fields<NewPublicKey>,
) -> Result<Made<PublicKey>, Problem> {
    let key = apps::add_key(&core, &caller, &path.slug, &path.id, new.into()).await?;
    Ok(Made(PublicKey::from(key)))
}
