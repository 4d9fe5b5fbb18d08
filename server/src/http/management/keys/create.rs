//! `POST /api/v1/orgs/{slug}/keys`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::keys::view::{CreatedKey, NewKey};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes an API key or a JWT key. Its secret (or JWT) is shown this once. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/keys",
    operation_id = "key.create",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(OrgPath),
    request_body = NewKey,
    responses((status = 201, description = "The key with its secret", body = CreatedKey), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewKey>,
) -> Result<MadeSecret<CreatedKey>, Problem> {
    let created = keys::create(&core, &caller, &path.slug, new.into()).await?;
    let id = created.key.id.to_string();
    Ok(MadeSecret { id, body: CreatedKey::of(&core, created).await })
}
