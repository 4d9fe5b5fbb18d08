//! `GET /api/v1/orgs/{slug}/apps`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apps};
use latchkey_types::ApiId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::apps::view::App;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{self, List};
use crate::http::management::paths::OrgPath;

/// Which apps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppQuery {
    /// An id, or how a name starts.
    search: Option<String>,
    /// Granted this API: `api_…`
    #[param(value_type = Option<String>)]
    api: Option<ApiId>,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists apps, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/apps",
    operation_id = "app.list",
    tag = "apps",
    security(("management_key" = ["viewer"])),
    params(OrgPath, AppQuery),
    responses((status = 200, description = "The apps", body = List<App>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(query): Query<AppQuery>,
) -> Result<Json<List<App>>, Problem> {
    let page = list::page(query.limit, query.cursor)?;
    let search = query.search.filter(|search| !search.is_empty());
    let listed = apps::list(&core, &caller, &path.slug, search.as_deref(), query.api.as_ref(), &page).await?;
    Ok(Json(List { items: App::all_of(&core, listed.items).await?, next_cursor: listed.next_cursor }))
}
