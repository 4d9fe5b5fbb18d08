//! `POST /api/v1/orgs/{slug}/action-tokens/{id}/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, action_tokens};

use crate::http::Problem;
use crate::http::management::action_tokens::view::ActionToken;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::paths::ActionTokenPath;
use crate::http::management::revocation::Revocation;

/// Ends an action token for good, and the access token that it was swapped for; again is fine. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/action-tokens/{id}/revoke",
    operation_id = "action_token.revoke",
    tag = "action tokens",
    security(("management_key" = ["developer"])),
    params(ActionTokenPath),
    request_body = Revocation,
    responses((status = 200, description = "The action token", body = ActionToken), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ActionTokenPath>,
    MaybeFields(revocation): MaybeFields<Revocation>,
) -> Result<Json<ActionToken>, Problem> {
    let token = action_tokens::revoke(&core, &caller, &path.slug, &path.id, revocation.reason).await?;
    Ok(Json(ActionToken::at(core.clock.now(), token)))
}
