//! An organisation's keys, listed: one statement for the page and one for its generations.

use std::collections::HashMap;

use latchkey_core::keys::{Generation, Key, KeyFilter};
use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::{CredentialStatus, OrgId, Timestamp};
use sqlx::QueryBuilder;

use super::super::columns::get;
use super::super::lists::NewestFirst;
use super::super::{Db, Store};
use super::generations::{generation, select_generations};
use super::{key, key_columns};
use crate::cursor;
use crate::error::failed;
use crate::search::{Prefix, is_storable};

pub(super) async fn of_org(
    store: &Store,
    org: &OrgId,
    filter: &KeyFilter,
    page: &Page,
) -> Result<Listed<Key>, StoreError> {
    let select = concat!("SELECT ", key_columns!(), " FROM keys k WHERE k.org_id = ");
    let mut list = NewestFirst::new(select, "k", org, page)?;
    let query = &mut list.query;
    if let Some(search) = &filter.search {
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        let prefix = Prefix::folded(search);
        query.push(" AND (k.id = ").push_bind(search.clone());
        query.push(" OR k.search_name >= ").push_bind(prefix.from.clone());
        query.push(" AND k.search_name < ").push_bind(prefix.to.clone());
        query.push(" OR k.search_owner >= ").push_bind(prefix.from);
        query.push(" AND k.search_owner < ").push_bind(prefix.to).push(")");
    }
    if let Some(api) = &filter.api {
        query.push(" AND k.api_id = ").push_bind(api.as_str());
    }
    if let Some(kind) = filter.kind {
        query.push(" AND k.kind = ").push_bind(kind.as_str());
    }
    if let Some(environment) = filter.environment {
        query.push(" AND k.environment = ").push_bind(environment.as_str());
    }
    if let Some((status, now)) = filter.status {
        push_status(query, status, now);
    }
    let mut listed = list.fetch(store, key, |key| cursor::at_time(key.created_at, key.id.as_str())).await?;
    add_generations(store, &mut listed.items).await?;
    Ok(listed)
}

/// The same order of states as [`Key::status`].
fn push_status(query: &mut QueryBuilder<Db>, status: CredentialStatus, now: Timestamp) {
    if status == CredentialStatus::Revoked {
        query.push(" AND k.revoked_at IS NOT NULL");
        return;
    }
    query.push(" AND k.revoked_at IS NULL");
    // a secret alone may have ended before its key does
    let holding = " EXISTS (SELECT 1 FROM key_generations h WHERE h.key_id = k.id AND h.revoked_at IS NULL \
         AND (h.ends_at IS NULL OR h.ends_at > ";
    if status == CredentialStatus::Expired {
        query.push(" AND (k.expires_at <= ").push_bind(now.as_millis()).push(" OR NOT");
        query.push(holding).push_bind(now.as_millis()).push(")))");
        return;
    }
    query.push(" AND (k.expires_at IS NULL OR k.expires_at > ").push_bind(now.as_millis()).push(")");
    query.push(" AND").push(holding).push_bind(now.as_millis()).push("))");
    query.push(if status == CredentialStatus::Disabled {
        " AND k.disabled_at IS NOT NULL"
    } else {
        " AND k.disabled_at IS NULL"
    });
}

/// The last two generations of each key.
async fn add_generations(store: &Store, keys: &mut [Key]) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Db>::new(concat!(
        select_generations!(),
        "g.number > (SELECT MAX(n.number) - 2 FROM key_generations n WHERE n.key_id = g.key_id) AND g.key_id IN ("
    ));
    let mut ids = query.separated(", ");
    for key in keys.iter() {
        ids.push_bind(key.id.as_str());
    }
    query.push(") ORDER BY g.key_id, g.number DESC");
    let rows = query.build().fetch_all(store.reader()).await.map_err(failed)?;
    let ends: HashMap<&str, Option<Timestamp>> = keys.iter().map(|key| (key.id.as_str(), key.expires_at)).collect();
    let mut generations: HashMap<String, Vec<Generation>> = HashMap::new();
    for row in &rows {
        let id: String = get(row, "key_id")?;
        let end = ends.get(id.as_str()).copied().flatten();
        generations.entry(id).or_default().push(generation(row, end)?);
    }
    for key in keys {
        key.generations = generations.remove(key.id.as_str()).unwrap_or_default();
    }
    Ok(())
}
