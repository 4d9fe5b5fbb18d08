//! `POST /api/v1/orgs/{slug}/service-accounts/{id}/enable`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::ServiceAccountPath;
use crate::http::management::service_accounts::view::ServiceAccount;

/// Switches a service account on. Needs admin, and at least the account's own role.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/service-accounts/{id}/enable",
    operation_id = "service_account.enable",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountPath),
    responses((status = 200, description = "The service account", body = ServiceAccount), Refusal, Conflicts)
)]
pub async fn enable(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<ServiceAccount>, Problem> {
    let account = service_accounts::enable(&core, &caller, &path.slug, &path.id).await?;
    Ok(Json(ServiceAccount::from(account)))
}
