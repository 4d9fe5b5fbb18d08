//! `POST /api/v1/orgs/{slug}/workload-rules/test`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, workloads};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::workload_rules::view::{TestReport, TokenToTest};
use crate::http::{Fields, Problem};

/// Says which rules take a token, and why the others don't. Nothing is issued, and the token is neither kept nor used up.
/// Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/workload-rules/test",
    operation_id = "workload_rule.test",
    tag = "workload rules",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = TokenToTest,
    responses((status = 200, description = "Each rule, and what is right and wrong by it", body = TestReport), Refusal, Conflicts)
)]
pub async fn test(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(token): Fields<TokenToTest>,
) -> Result<Json<TestReport>, Problem> {
    let report = workloads::test(&core, &caller, &path.slug, &token.token).await?;
    Ok(Json(TestReport::from(report)))
}
