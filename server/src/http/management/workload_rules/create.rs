//! `POST /api/v1/orgs/{slug}/workload-rules`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, workloads};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::workload_rules::view::{NewWorkloadRule, WorkloadRule};
use crate::http::{Fields, Problem};

/// Lets tokens of an outside issuer stand for an app or service account. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/workload-rules",
    operation_id = "workload_rule.create",
    tag = "workload rules",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewWorkloadRule,
    responses((status = 201, description = "The rule", body = WorkloadRule), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewWorkloadRule>,
) -> Result<Made<WorkloadRule>, Problem> {
    let rule = workloads::create(&core, &caller, &path.slug, new.into()).await?;
    WorkloadRule::try_from(rule).map(Made)
}
