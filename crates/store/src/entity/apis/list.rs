//! APIs, listed: an organisation's own, and everybody's public ones.

use latchkey_core::apis::Api;
use latchkey_core::orgs::Org;
use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::OrgId;
use sqlx::QueryBuilder;

use super::super::lists::NewestFirst;
use super::super::orgs::{org, org_columns};
use super::super::{Db, Store};
use super::{api, api_columns};
use crate::cursor;
use crate::error::failed;
use crate::search::{Prefix, folded, is_storable};

/// Newest first.
pub(super) async fn of_org(
    store: &Store,
    org: &OrgId,
    search: Option<&str>,
    page: &Page,
) -> Result<Listed<Api>, StoreError> {
    let select = concat!("SELECT ", api_columns!(), " FROM apis a WHERE a.deleted_at IS NULL AND a.org_id = ");
    let mut list = NewestFirst::new(select, "a", org, page)?;
    if let Some(search) = search {
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        push_search(&mut list.query, search, true);
    }
    list.fetch(store, api, |api| cursor::at_time(api.created_at, api.id.as_str())).await
}

/// By name.
pub(super) async fn public(store: &Store, search: Option<&str>, page: &Page) -> Result<Listed<(Api, Org)>, StoreError> {
    let (name, id) = cursor::by_name(page)?;
    let mut query = QueryBuilder::<Db>::new(concat!(
        "SELECT ",
        api_columns!(),
        ", ",
        org_columns!(),
        " FROM apis a JOIN orgs o ON o.id = a.org_id WHERE a.visibility = 'public' AND a.deleted_at IS NULL \
         AND o.suspended_at IS NULL AND (a.search_name, a.id) > ("
    ));
    query.push_bind(name).push(", ").push_bind(id).push(")");
    if let Some(search) = search {
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        push_search(&mut query, search, false);
    }
    query.push(" ORDER BY a.search_name, a.id LIMIT ").push_bind(cursor::fetch_limit(page));
    let rows = query.build().fetch_all(store.reader()).await.map_err(failed)?;
    let apis = rows.iter().map(|row| Ok((api(row)?, org(row)?))).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::listed(page, apis, |(api, _)| cursor::at_name(&folded(&api.name), api.id.as_str())))
}

/// Ands a search by prefix of name or audience, and by id where `with_id`, to the query.
fn push_search(query: &mut QueryBuilder<Db>, search: &str, with_id: bool) {
    let (name, audience) = (Prefix::folded(search), Prefix::exact(search));
    query.push(" AND (a.search_name >= ").push_bind(name.from).push(" AND a.search_name < ").push_bind(name.to);
    query.push(" OR a.audience >= ").push_bind(audience.from).push(" AND a.audience < ").push_bind(audience.to);
    if with_id {
        query.push(" OR a.id = ").push_bind(search.to_owned());
    }
    query.push(")");
}
