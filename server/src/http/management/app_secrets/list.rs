//! `GET /api/v1/orgs/{slug}/apps/{id}/secrets`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::app_secrets::view::AppSecret;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::AppPath;

/// Lists an app's live client secrets, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apps/{id}/secrets",
    operation_id = "app.secret.list",
    tag = "apps",
    security(("management_key" = ["viewer"])),
    params(AppPath, Paging),
    responses((status = 200, description = "The client secrets", body = List<AppSecret>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<AppSecret>>, Problem> {
    let page = paging.page()?;
    let secrets = apps::list_secrets(&core, &caller, &path.slug, &path.id).await?;
    List::page_of(secrets, &page, |secret| secret.id.as_str(), AppSecret::from).map(Json)
}
