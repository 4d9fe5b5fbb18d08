//! `DELETE /api/v1/orgs/{slug}/members/{user}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::MemberPath;

/// Removes a member. There is always an owner left.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/members/{user}",
    operation_id = "member.remove",
    tag = "members",
    security(("management_key" = ["admin"])),
    params(MemberPath),
    responses((status = 204, description = "Removed"), Refusal, Conflicts)
)]
pub async fn remove(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<MemberPath>,
) -> Result<StatusCode, Problem> {
    orgs::remove_member(&core, &caller, &path.slug, &path.user).await?;
    Ok(StatusCode::NO_CONTENT)
}
