//! `POST /api/v1/orgs`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, orgs};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::By;
use crate::http::management::orgs::view::{NewOrg, Org};
use crate::http::{Fields, Problem};

/// Makes an organisation. Who may is the operator's setting.
#[utoipa::path(
    post,
    path = "/orgs",
    operation_id = "org.create",
    tag = "organisations",
    request_body = NewOrg,
    responses((status = 201, description = "The organisation", body = Org), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    Fields(new): Fields<NewOrg>,
) -> Result<Made<Org>, Problem> {
    let org = orgs::create(&core, &caller, &new.name, &new.slug, None).await?;
    Ok(Made(Org::from(org)))
}
