//! `POST /api/v1/orgs/{slug}/management-keys`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, management_keys};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::management_keys::view::{CreatedManagementKey, ManagementKey, NewManagementKey};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes a management key, up to the caller's own role. Its secret is shown this once. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/management-keys",
    operation_id = "management_key.create",
    tag = "management keys",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewManagementKey,
    responses((status = 201, description = "The management key with its secret", body = CreatedManagementKey), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewManagementKey>,
) -> Result<MadeSecret<CreatedManagementKey>, Problem> {
    let new = management_keys::NewKey { name: new.name, role: new.role.into(), expires_at: new.expires_at };
    let created = management_keys::create(&core, &caller, Some(&path.slug), new).await?;
    let key = ManagementKey::from(created.key);
    let secret = created.secret.expose().to_owned();
    Ok(MadeSecret { id: key.id.clone(), body: CreatedManagementKey { key, secret } })
}
