//! `POST /api/v1/orgs/{slug}/service-accounts`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::service_accounts::view::{NewServiceAccount, ServiceAccount};
use crate::http::{Fields, Problem};

/// Makes a service account. Needs admin, and at least the roles that it gets.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/service-accounts",
    operation_id = "service_account.create",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewServiceAccount,
    responses((status = 201, description = "The service account", body = ServiceAccount), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewServiceAccount>,
) -> Result<Made<ServiceAccount>, Problem> {
    let created = service_accounts::create(&core, &caller, &path.slug, new.into()).await?;
    Ok(Made(ServiceAccount::from(created.account)))
}
