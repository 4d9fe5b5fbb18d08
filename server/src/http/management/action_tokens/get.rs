//! `GET /api/v1/orgs/{slug}/action-tokens/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, action_tokens};

use crate::http::Problem;
use crate::http::management::action_tokens::view::ActionToken;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ActionTokenPath;

/// What became of an action token. A week after its end it is forgotten.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/action-tokens/{id}",
    operation_id = "action_token.get",
    tag = "action tokens",
    security(("management_key" = ["viewer"])),
    params(ActionTokenPath),
    responses((status = 200, description = "The action token", body = ActionToken), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ActionTokenPath>,
) -> Result<Json<ActionToken>, Problem> {
    let token = action_tokens::get(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(ActionToken::at(core.clock.now(), token)))
}
