//! `GET /api/v1/orgs/{slug}/service-accounts/{id}/keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::app_keys::view::PublicKey;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::ServiceAccountPath;

/// Lists a service account's public keys, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/service-accounts/{id}/keys",
    operation_id = "service_account.key.list",
    tag = "service accounts",
    security(("management_key" = ["viewer"])),
    params(ServiceAccountPath, Paging),
    responses((status = 200, description = "The keys", body = List<PublicKey>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ServiceAccountPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<PublicKey>>, Problem> {
    let page = paging.page()?;
    let keys = service_accounts::list_keys(&core, &caller, &path.slug, &path.id).await?;
    List::page_of(keys, &page, |key| key.id.as_str(), PublicKey::from).map(Json)
}
