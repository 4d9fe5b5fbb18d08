//! Lists of what an organisation has, newest first, a page at a time.

use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::OrgId;
use sqlx::QueryBuilder;

use super::{Db, Row, Store};
use crate::cursor;
use crate::error::failed;
use crate::search::Prefix;

/// A page of such a list, before it is asked for: filters may be put behind its query.
pub(super) struct NewestFirst<'a> {
    pub(super) query: QueryBuilder<Db>,
    table: &'static str,
    page: &'a Page,
}

impl<'a> NewestFirst<'a> {
    /// `select` ends in `org_id = `; `table` is the name by which it reads the table with `created_at` and `id`.
    pub(super) fn new(
        select: &'static str,
        table: &'static str,
        org: &OrgId,
        page: &'a Page,
    ) -> Result<Self, StoreError> {
        let (at, id) = cursor::by_time(page)?;
        let mut query = QueryBuilder::new(select);
        query.push_bind(org.to_string()).push(format_args!(" AND ({table}.created_at, {table}.id) < ("));
        query.push_bind(at).push(", ").push_bind(id).push(")");
        Ok(Self { query, table, page })
    }

    /// Only what has this id or a name that starts so.
    pub(super) fn search_name(&mut self, search: &str) {
        let (table, prefix) = (self.table, Prefix::folded(search));
        self.query.push(format_args!(" AND ({table}.id = ")).push_bind(search.to_owned());
        self.query.push(format_args!(" OR {table}.search_name >= ")).push_bind(prefix.from);
        self.query.push(format_args!(" AND {table}.search_name < ")).push_bind(prefix.to).push(")");
    }

    /// Reads the page; `cursor` names an item's place.
    pub(super) async fn fetch<T>(
        mut self,
        store: &Store,
        read: fn(&Row) -> Result<T, StoreError>,
        cursor: fn(&T) -> String,
    ) -> Result<Listed<T>, StoreError> {
        let (table, page) = (self.table, self.page);
        self.query.push(format_args!(" ORDER BY {table}.created_at DESC, {table}.id DESC LIMIT "));
        self.query.push_bind(cursor::fetch_limit(page));
        let rows = self.query.build().fetch_all(store.reader()).await.map_err(failed)?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, items, cursor))
    }
}
