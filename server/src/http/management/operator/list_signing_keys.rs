//! `GET /api/v1/operator/signing-keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, signing};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::operator::view::SigningKey;

/// Lists the keys that sign tokens. Operators only.
#[utoipa::path(
    get,
    path = "/operator/signing-keys",
    operation_id = "signing_key.list",
    tag = "operator",
    params(Paging),
    responses((status = 200, description = "The signing keys", body = List<SigningKey>), Refusal)
)]
pub async fn list_signing_keys(
    State(core): State<Arc<Core>>,
    By(caller): By,
    Query(paging): Query<Paging>,
) -> Result<Json<List<SigningKey>>, Problem> {
    let page = paging.page()?;
    let keys = signing::list(&core, &caller).await?;
    List::page_of(keys, &page, |key| &key.kid, SigningKey::from).map(Json)
}
