//! `POST /api/v1/orgs/{slug}/service-accounts/{id}/keys`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::app_keys::view::{NewPublicKey, PublicKey};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ServiceAccountPath;
use crate::http::{Fields, Problem};

/// Adds a public key to a service account; ten are the most. Needs admin, and at least the account's own role.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/service-accounts/{id}/keys",
    operation_id = "service_account.key.create",
    tag = "service accounts",
    security(("management_key" = ["admin"])),
    params(ServiceAccountPath),
    request_body = NewPublicKey,
    responses((status = 201, description = "The key", body = PublicKey), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
    Fields(new): Fields<NewPublicKey>,
) -> Result<Made<PublicKey>, Problem> {
    let key = service_accounts::create_key(&core, &caller, &path.slug, &path.id, new.into()).await?;
    Ok(Made(PublicKey::from(key)))
}
