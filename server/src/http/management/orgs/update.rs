//! `PATCH /api/v1/orgs/{slug}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, invalid};
use crate::http::management::orgs::view::{Org, OrgPatch};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Changes an organisation. Needs admin; another security tier needs owner, and `breaks` as its preview counted it.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}",
    operation_id = "org.update",
    tag = "organisations",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = OrgPatch,
    responses((status = 200, description = "The organisation", body = Org), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(patch): Fields<OrgPatch>,
) -> Result<Json<Org>, Problem> {
    if patch.breaks.is_some() && patch.security_tier.is_none() {
        return Err(invalid("breaks", "goes with `security_tier`"));
    }
    let org = orgs::update(&core, &caller, &path.slug, patch.into()).await?;
    Ok(Json(Org::from(org)))
}
