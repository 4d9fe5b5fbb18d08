//! An organisation's apps, listed.

use latchkey_core::apps::App;
use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::{ApiId, OrgId};

use super::super::lists::NewestFirst;
use super::super::{Store, grants};
use super::{app, app_columns, app_tables};
use crate::cursor;
use crate::error::failed;
use crate::search::is_storable;

pub(super) async fn of_org(
    store: &Store,
    org: &OrgId,
    search: Option<&str>,
    api: Option<&ApiId>,
    page: &Page,
) -> Result<Listed<App>, StoreError> {
    let select = concat!("SELECT ", app_columns!(), app_tables!(), " WHERE p.deleted_at IS NULL AND p.org_id = ");
    let mut list = NewestFirst::new(select, "p", org, page)?;
    if let Some(search) = search {
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        list.search_name(search);
    }
    if let Some(api) = api {
        list.query
            .push(" AND p.id IN (SELECT g.app_id FROM app_grants g WHERE g.api_id = ")
            .push_bind(api.as_str())
            .push(")");
    }
    let mut listed = list.fetch(store, app, |app| cursor::at_time(app.created_at, app.id.as_str())).await?;
    let ids: Vec<String> = listed.items.iter().map(|app| app.id.to_string()).collect();
    let mut connection = store.reader().acquire().await.map_err(failed)?;
    let mut grants = grants::of_each(&mut connection, &ids).await?;
    for app in &mut listed.items {
        app.grants = grants.remove(app.id.as_str()).unwrap_or_default();
    }
    Ok(listed)
}
