//! `GET /api/v1/orgs/{slug}/service-accounts`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, service_accounts};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{self, List};
use crate::http::management::paths::OrgPath;
use crate::http::management::service_accounts::view::ServiceAccount;

/// Which service accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ServiceAccountQuery {
    /// An id, or how a name starts.
    search: Option<String>,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists service accounts, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/service-accounts",
    operation_id = "service_account.list",
    tag = "service accounts",
    security(("management_key" = ["viewer"])),
    params(OrgPath, ServiceAccountQuery),
    responses((status = 200, description = "The service accounts", body = List<ServiceAccount>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(query): Query<ServiceAccountQuery>,
) -> Result<Json<List<ServiceAccount>>, Problem> {
    let page = list::page(query.limit, query.cursor)?;
    let search = query.search.filter(|search| !search.is_empty());
    let listed = service_accounts::list(&core, &caller, &path.slug, search.as_deref(), &page).await?;
    Ok(Json(List::of(listed, ServiceAccount::from)))
}
