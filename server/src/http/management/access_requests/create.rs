//! `POST /api/v1/orgs/{slug}/access-requests`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::access_requests::view::{AccessRequest, NewAccessRequest};
use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Asks for scopes of another organisation's public API that need its owner's approval. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/access-requests",
    operation_id = "access_request.create",
    tag = "access requests",
    security(("management_key" = ["developer"])),
    params(OrgPath),
    request_body = NewAccessRequest,
    responses((status = 201, description = "The access request", body = AccessRequest), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewAccessRequest>,
) -> Result<Made<AccessRequest>, Problem> {
    let request = apis::request_access(&core, &caller, &path.slug, &new.api, new.scopes, &new.reason).await?;
    Ok(Made(AccessRequest::from(request)))
}
