//! `DELETE /api/v1/orgs/{slug}/initial-access-tokens/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, initial_access_tokens};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::InitialAccessTokenPath;

/// Revokes an initial access token at once; the clients that it registered stay. Again is 204 again. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/initial-access-tokens/{id}",
    operation_id = "initial_access_token.revoke",
    tag = "initial access tokens",
    security(("management_key" = ["admin"])),
    params(InitialAccessTokenPath),
    responses((status = 204, description = "Revoked"), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<InitialAccessTokenPath>,
) -> Result<StatusCode, Problem> {
    initial_access_tokens::revoke(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
