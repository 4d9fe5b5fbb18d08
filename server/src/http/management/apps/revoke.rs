//! `POST /api/v1/orgs/{slug}/apps/{id}/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::apps::view::App;
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::paths::AppPath;
use crate::http::management::revocation::Revocation;

/// Ends an app for good; again is fine. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps/{id}/revoke",
    operation_id = "app.revoke",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    request_body = Revocation,
    responses((status = 200, description = "The app", body = App), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    MaybeFields(revocation): MaybeFields<Revocation>,
) -> Result<Json<App>, Problem> {
    let app = apps::revoke(&core, &caller, &path.slug, &path.id, revocation.reason).await?;
    App::of(&core, app).await.map(Json)
}
