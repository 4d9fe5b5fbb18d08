//! `PATCH /api/v1/orgs/{slug}/notice-settings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, notices};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::notices::view::NoticeSettings;
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Chooses what goes by mail, to each owner and admin who wants mails; an empty list is nothing. Needs admin.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/notice-settings",
    operation_id = "notice_settings.update",
    tag = "notices",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NoticeSettings,
    responses((status = 200, description = "The settings as they are now", body = NoticeSettings), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(settings): Fields<NoticeSettings>,
) -> Result<Json<NoticeSettings>, Problem> {
    let kinds = settings.email_kinds.into_iter().map(Into::into).collect();
    Ok(Json(notices::set_email_kinds(&core, &caller, &path.slug, kinds).await?.into()))
}
