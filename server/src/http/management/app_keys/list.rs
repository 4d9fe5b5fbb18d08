//! `GET /api/v1/orgs/{slug}/apps/{id}/keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::app_keys::view::PublicKey;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::AppPath;

/// Lists an app's public keys, newest first, expired ones too.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apps/{id}/keys",
    operation_id = "app.key.list",
    tag = "apps",
    security(("management_key" = ["viewer"])),
    params(AppPath, Paging),
    responses((status = 200, description = "The public keys", body = List<PublicKey>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<PublicKey>>, Problem> {
    let page = paging.page()?;
    let keys = apps::list_keys(&core, &caller, &path.slug, &path.id).await?;
    List::page_of(keys, &page, |key| key.id.as_str(), PublicKey::from).map(Json)
}
