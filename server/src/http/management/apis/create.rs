//! `POST /api/v1/orgs/{slug}/apis`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::apis::view::{Api, NewApi};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes an API. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apis",
    operation_id = "api.create",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewApi,
    responses((status = 201, description = "The API", body = Api), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewApi>,
) -> Result<Made<Api>, Problem> {
    let api = apis::create(&core, &caller, &path.slug, new.into()).await?;
    Ok(Made(Api::from(api)))
}
