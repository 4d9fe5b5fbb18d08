//! `DELETE /api/v1/orgs/{slug}/apps/{id}/keys/{key}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::AppKeyPath;

/// Ends a public key at once. Needs developer.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/apps/{id}/keys/{key}",
    operation_id = "app.key.delete",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppKeyPath),
    responses((status = 204, description = "Ended"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppKeyPath>,
) -> Result<StatusCode, Problem> {
    apps::delete_key(&core, &caller, &path.slug, &path.id, &path.key).await?;
    Ok(StatusCode::NO_CONTENT)
}
