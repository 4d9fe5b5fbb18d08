//! `DELETE /api/v1/orgs/{slug}/apps/{id}/secrets/{secret}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppSecretPath;

/// Ends a client secret at once. Needs developer.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/apps/{id}/secrets/{secret}",
    operation_id = "app.secret.delete",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppSecretPath),
    responses((status = 204, description = "Ended"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppSecretPath>,
) -> Result<StatusCode, Problem> {
    apps::delete_secret(&core, &caller, &path.slug, &path.id, &path.secret).await?;
    Ok(StatusCode::NO_CONTENT)
}
