//! `PATCH /api/v1/orgs/{slug}/apps/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::apps::view::{App, AppPatch};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppPath;
use crate::http::{Fields, Problem};

/// Changes an app. Needs developer.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/apps/{id}",
    operation_id = "app.update",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    request_body = AppPatch,
    responses((status = 200, description = "The app", body = App), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    Fields(patch): Fields<AppPatch>,
) -> Result<Json<App>, Problem> {
    let app = apps::update(&core, &caller, &path.slug, &path.id, patch.into()).await?;
    App::of(&core, app).await.map(Json)
}
