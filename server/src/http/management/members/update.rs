//! `PATCH /api/v1/orgs/{slug}/members/{user}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::members::view::{Member, MemberPatch};
use crate::http::management::paths::MemberPath;
use crate::http::{Fields, Problem};

/// Gives a member another role: an admin up to admin, an owner any. There is always an owner left.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/members/{user}",
    operation_id = "member.set_role",
    tag = "members",
    security(("management_key" = ["admin"])),
    params(MemberPath),
    request_body = MemberPatch,
    responses((status = 200, description = "The member", body = Member), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<MemberPath>,
    Fields(patch): Fields<MemberPatch>,
) -> Result<Json<Member>, Problem> {
    orgs::set_role(&core, &caller, &path.slug, &path.user, patch.role.into()).await?;
    let member = orgs::member(&core, &caller, &path.slug, &path.user).await?;
    Ok(Json(Member::from(member)))
}
