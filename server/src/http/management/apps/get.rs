//! `GET /api/v1/orgs/{slug}/apps/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::apps::view::App;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppPath;

/// Shows an app.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apps/{id}",
    operation_id = "app.get",
    tag = "apps",
    security(("management_key" = ["viewer"])),
    params(AppPath),
    responses((status = 200, description = "The app", body = App), Refusal)
)]
pub async fn get(State(core): State<Arc<Core>>, By(caller): By, At(path): At<AppPath>) -> Result<Json<App>, Problem> {
    let app = apps::get(&core, &caller, &path.slug, &path.id).await?;
    App::of(&core, app).await.map(Json)
}
