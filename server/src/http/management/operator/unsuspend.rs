//! `POST /api/v1/operator/orgs/{slug}/unsuspend`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, operator};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::orgs::view::Org;
use crate::http::management::paths::OrgPath;

/// Unsuspends an organisation. Operators only.
#[utoipa::path(
    post,
    path = "/operator/orgs/{slug}/unsuspend",
    operation_id = "org.unsuspend",
    tag = "operator",
    params(OrgPath),
    responses((status = 200, description = "The organisation", body = Org), Refusal, Conflicts)
)]
pub async fn unsuspend(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<Org>, Problem> {
    let org = operator::set_suspended(&core, &caller, &path.slug, false).await?;
    Ok(Json(Org::from(org)))
}
