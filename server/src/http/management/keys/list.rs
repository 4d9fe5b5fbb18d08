//! `GET /api/v1/orgs/{slug}/keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::keys::KeyFilter;
use latchkey_core::{Core, keys};
use latchkey_types::ApiId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::keys::view::Key;
use crate::http::management::list::{self, List};
use crate::http::management::paths::OrgPath;
use crate::http::management::words::{Environment, KeyKind, Status};

/// Which keys.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct KeyQuery {
    /// An id, or how a name or an owner starts.
    search: Option<String>,
    /// For this API: `api_…`
    #[param(value_type = Option<String>)]
    api: Option<ApiId>,
    /// Of this kind.
    #[param(inline)]
    kind: Option<KeyKind>,
    /// Of this environment.
    #[param(inline)]
    environment: Option<Environment>,
    /// Only those that stand so.
    #[param(inline)]
    status: Option<Status>,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists keys, newest first.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/keys",
    operation_id = "key.list",
    tag = "keys",
    security(("management_key" = ["viewer"])),
    params(OrgPath, KeyQuery),
    responses((status = 200, description = "The keys", body = List<Key>), Refusal)
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(query): Query<KeyQuery>,
) -> Result<Json<List<Key>>, Problem> {
    let now = core.clock.now();
    let page = list::page(query.limit, query.cursor)?;
    let filter = KeyFilter {
        search: query.search.filter(|search| !search.is_empty()),
        api: query.api,
        kind: query.kind.map(Into::into),
        environment: query.environment.map(Into::into),
        status: query.status.map(|status| (status.into(), now)),
    };
    let listed = keys::list(&core, &caller, &path.slug, &filter, &page).await?;
    Ok(Json(List { items: Key::all_of(&core, listed.items).await?, next_cursor: listed.next_cursor }))
}
