//! `POST /api/v1/orgs/{slug}/apps/{id}/disable`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::apps::view::App;
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::AppPath;

/// Switches an app off, and its tokens with it. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps/{id}/disable",
    operation_id = "app.disable",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    responses((status = 200, description = "The app", body = App), Refusal, Conflicts)
)]
pub async fn disable(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<App>, Problem> {
    let app = apps::disable(&core, &caller, &path.slug, &path.id).await?;
    App::of(&core, app).await.map(Json)
}
