//! `GET /api/v1/orgs/{slug}/apis/{id}/verification-keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::ApiPath;
use crate::http::management::verification_keys::view::VerificationKey;

/// Lists an API's verification keys, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apis/{id}/verification-keys",
    operation_id = "verification_key.list",
    tag = "APIs",
    security(("management_key" = ["viewer"])),
    params(ApiPath, Paging),
    responses((status = 200, description = "The verification keys", body = List<VerificationKey>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<VerificationKey>>, Problem> {
    let page = paging.page()?;
    let keys = apis::list_verification_keys(&core, &caller, &path.slug, &path.id).await?;
    List::page_of(keys, &page, |key| key.id.as_str(), VerificationKey::from).map(Json)
}
