//! `GET /api/v1/orgs/{slug}/notice-settings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, notices};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::notices::view::NoticeSettings;
use crate::http::management::paths::OrgPath;

/// What goes by mail. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/notice-settings",
    operation_id = "notice_settings.get",
    tag = "notices",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    responses((status = 200, description = "The settings", body = NoticeSettings), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
) -> Result<Json<NoticeSettings>, Problem> {
    Ok(Json(notices::settings(&core, &caller, &path.slug).await?.into()))
}
