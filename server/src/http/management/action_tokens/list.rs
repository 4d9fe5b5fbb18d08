//! `GET /api/v1/orgs/{slug}/action-tokens`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, action_tokens};

use crate::http::Problem;
use crate::http::management::action_tokens::view::ActionToken;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;

/// Lists action tokens, newest first; those that are over stay for a week.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/action-tokens",
    operation_id = "action_token.list",
    tag = "action tokens",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The action tokens", body = List<ActionToken>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<ActionToken>>, Problem> {
    let page = paging.page()?;
    let now = core.clock.now();
    let listed = action_tokens::list(&core, &caller, &path.slug, &page).await?;
    Ok(Json(List::of(listed, |token| ActionToken::at(now, token))))
}
