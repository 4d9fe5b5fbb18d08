//! `GET /api/v1/orgs/{slug}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::orgs::view::Org;
use crate::http::management::paths::OrgPath;

/// Shows an organisation.
#[utoipa::path(
    get,
    path = "/orgs/{slug}",
    operation_id = "org.get",
    tag = "organisations",
    security(("management_key" = ["viewer"])),
    params(OrgPath),
    responses((status = 200, description = "The organisation", body = Org), Refusal)
)]
pub async fn get(State(core): State<Arc<Core>>, By(caller): By, At(path): At<OrgPath>) -> Result<Json<Org>, Problem> {
    let membership = orgs::get(&core, &caller, &path.slug).await?;
    Ok(Json(Org::from(membership)))
}
