//! `POST /api/v1/orgs/{slug}/keys/import`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, keys};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::keys::view::{ImportedKeys, Key, NewImport, NewImports};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Brings in API keys of another system with their secrets: all, or none. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/keys/import",
    operation_id = "key.import",
    tag = "keys",
    security(("management_key" = ["developer"])),
    params(OrgPath),
    request_body = NewImports,
    responses((status = 201, description = "The keys", body = ImportedKeys), Refusal, Conflicts)
)]
pub async fn import(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewImports>,
) -> Result<Made<ImportedKeys>, Problem> {
    let items = new.items.into_iter().map(NewImport::into).collect();
    let keys = keys::import(&core, &caller, &path.slug, items).await?;
    Ok(Made(ImportedKeys { items: Key::all_of(&core, keys).await? }))
}
