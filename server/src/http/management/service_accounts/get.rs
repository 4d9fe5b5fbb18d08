//! `GET /api/v1/orgs/{slug}/service-accounts/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ServiceAccountPath;
use crate::http::management::service_accounts::view::ServiceAccount;

/// Shows a service account.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/service-accounts/{id}",
    operation_id = "service_account.get",
    tag = "service accounts",
    security(("management_key" = ["viewer"])),
    params(ServiceAccountPath),
    responses((status = 200, description = "The service account", body = ServiceAccount), Refusal)
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
) -> Result<Json<ServiceAccount>, Problem> {
    let account = service_accounts::get(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(ServiceAccount::from(account)))
}
