//! `GET /api/v1/orgs/{slug}/initial-access-tokens`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, initial_access_tokens};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::initial_access_tokens::view::InitialAccessToken;
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;

/// Lists initial access tokens that are neither revoked nor expired, newest first. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/initial-access-tokens",
    operation_id = "initial_access_token.list",
    tag = "initial access tokens",
    security(("management_key" = ["admin"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The initial access tokens", body = List<InitialAccessToken>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<InitialAccessToken>>, Problem> {
    let page = paging.page()?;
    let all = initial_access_tokens::list(&core, &caller, &path.slug).await?;
    List::page_of(all, &page, |token| token.id.as_str(), InitialAccessToken::from).map(Json)
}
