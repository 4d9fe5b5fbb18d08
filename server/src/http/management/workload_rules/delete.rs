//! `DELETE /api/v1/orgs/{slug}/workload-rules/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, workloads};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::WorkloadRulePath;

/// Deletes a workload rule. Access tokens that were got by it live on until they expire. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/workload-rules/{id}",
    operation_id = "workload_rule.delete",
    tag = "workload rules",
    security(("management_key" = ["admin"])),
    params(WorkloadRulePath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<WorkloadRulePath>,
) -> Result<StatusCode, Problem> {
    workloads::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
