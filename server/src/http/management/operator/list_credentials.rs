//! `GET /api/v1/operator/credentials`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, operator};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{By, Query};
use crate::http::management::list::{self, List};
use crate::http::management::operator::view::Credential;

/// Which credentials.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CredentialQuery {
    /// How an id, a name or the organisation's slug starts.
    #[serde(default)]
    q: String,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Finds credentials of the whole installation, newest first. Operators only.
#[utoipa::path(
    get,
    path = "/operator/credentials",
    operation_id = "credential.list",
    tag = "operator",
    params(CredentialQuery),
    responses((status = 200, description = "The credentials", body = List<Credential>), Refusal)
)]
pub async fn list_credentials(
    State(core): State<Arc<Core>>,
    By(caller): By,
    Query(query): Query<CredentialQuery>,
) -> Result<Json<List<Credential>>, Problem> {
    let page = list::page(query.limit, query.cursor)?;
    let listed = operator::credentials(&core, &caller, &query.q, &page).await?;
    let now = core.clock.now();
    Ok(Json(List::of(listed, |credential| Credential::at(now, credential))))
}
