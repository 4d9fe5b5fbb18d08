//! `POST /api/v1/orgs/{slug}/service-accounts/{id}/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::paths::ServiceAccountPath;
use crate::http::management::revocation::Revocation;
use crate::http::management::service_accounts::view::ServiceAccount;

/// Ends a service account for good; again is fine. Needs admin, and at least the account's own role.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/service-accounts/{id}/revoke",
    operation_id = "service_account.revoke",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountPath),
    request_body = Revocation,
    responses((status = 200, description = "The service account", body = ServiceAccount), Refusal, Conflicts)
)]
pub async fn revoke(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
    MaybeFields(revocation): MaybeFields<Revocation>,
) -> Result<Json<ServiceAccount>, Problem> {
    let account = service_accounts::revoke(&core, &caller, &path.slug, &path.id, revocation.reason).await?;
    Ok(Json(ServiceAccount::from(account)))
}
