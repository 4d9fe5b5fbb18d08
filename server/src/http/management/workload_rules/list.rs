//! `GET /api/v1/orgs/{slug}/workload-rules`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, workloads};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;
use crate::http::management::workload_rules::view::WorkloadRule;

/// Lists workload rules, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/workload-rules",
    operation_id = "workload_rule.list",
    tag = "workload rules",
    security(("management_key" = ["viewer"])),
    params(OrgPath, Paging),
    responses((status = 200, description = "The rules", body = List<WorkloadRule>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<WorkloadRule>>, Problem> {
    let page = paging.page()?;
    let rules = workloads::list(&core, &caller, &path.slug).await?;
    let rules = rules.into_iter().map(WorkloadRule::try_from).collect::<Result<Vec<_>, _>>()?;
    List::page_of(rules, &page, |rule| &rule.id, |rule| rule).map(Json)
}
