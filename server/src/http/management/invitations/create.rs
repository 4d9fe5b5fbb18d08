//! `POST /api/v1/orgs/{slug}/invitations`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::invitations::view::{CreatedInvitation, Invitation, NewInvitation};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Invites an address. The link holds seven days and once, and is shown this once; an open link for the same address
/// ends. At most 200 invitations are open at once. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/invitations",
    operation_id = "invitation.create",
    tag = "members",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewInvitation,
    responses((status = 201, description = "The invitation with its link", body = CreatedInvitation), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewInvitation>,
) -> Result<MadeSecret<CreatedInvitation>, Problem> {
    let created = orgs::invite(&core, &caller, &path.slug, &new.email, new.role.into()).await?;
    let url = format!("{}{}", core.settings.issuer, latchkey_app::routes::invitation(created.token.expose()));
    let invitation = Invitation::at(core.clock.now(), created.invitation);
    Ok(MadeSecret { id: invitation.id.clone(), body: CreatedInvitation { invitation, url } })
}
