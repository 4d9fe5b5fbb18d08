//! `DELETE /api/v1/orgs/{slug}/invitations/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::InvitationPath;

/// Takes an invitation back. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/invitations/{id}",
    operation_id = "invitation.revoke",
    tag = "members",
    security(("management_key" = ["admin"])),
    params(InvitationPath),
    responses((status = 204, description = "Taken back"), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<InvitationPath>,
) -> Result<StatusCode, Problem> {
    orgs::revoke_invitation(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
