//! `PATCH /api/v1/orgs/{slug}/service-accounts/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ServiceAccountPath;
use crate::http::management::service_accounts::view::{ServiceAccount, ServiceAccountPatch};
use crate::http::{Fields, Problem};

/// Changes a service account. Needs admin, and at least the roles that it has and gets.
#[utoipa::path(
    patch,
    path = "/orgs/{slug}/service-accounts/{id}",
    operation_id = "service_account.update",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountPath),
    request_body = ServiceAccountPatch,
    responses((status = 200, description = "The service account", body = ServiceAccount), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
    Fields(patch): Fields<ServiceAccountPatch>,
) -> Result<Json<ServiceAccount>, Problem> {
    let account = service_accounts::update(&core, &caller, &path.slug, &path.id, patch.into()).await?;
    Ok(Json(ServiceAccount::from(account)))
}
