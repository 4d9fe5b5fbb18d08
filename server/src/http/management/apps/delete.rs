//! `DELETE /api/v1/orgs/{slug}/apps/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppPath;

/// Deletes an app that never got a token. Needs developer.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/apps/{id}",
    operation_id = "app.delete",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
) -> Result<StatusCode, Problem> {
    apps::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
