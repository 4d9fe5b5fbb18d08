//! Usage counters, read.

use latchkey_core::ports::StoreError;
use latchkey_core::usage::{GroupBy, Side, UsagePoint, UsageQuery};
use sqlx::QueryBuilder;

use super::columns::{get, number, parsed, time};
use super::usage::table;
use super::{Db, Row, Store};
use crate::error::failed;
use crate::search::is_storable;

/// The columns to tell apart, besides the bucket's start.
fn columns(group_by: GroupBy) -> String {
    [
        (group_by.credential, ", u.credential"),
        (group_by.generation, ", u.generation"),
        (group_by.api, ", u.api_id"),
        (group_by.outcome, ", u.outcome"),
    ]
    .into_iter()
    .filter_map(|(wanted, column)| wanted.then_some(column))
    .collect()
}

fn point(row: &Row, group_by: GroupBy) -> Result<UsagePoint, StoreError> {
    let credential = if group_by.credential {
        let id: String = get(row, "credential")?;
        Some((!id.is_empty()).then_some(id))
    } else {
        None
    };
    Ok(UsagePoint {
        from: time(row, "starts_at")?,
        credential,
        generation: group_by.generation.then(|| number(row, "generation")).transpose()?,
        api: group_by.api.then(|| parsed(row, "api_id")).transpose()?,
        outcome: group_by.outcome.then(|| parsed(row, "outcome")).transpose()?,
        count: get(row, "count")?,
    })
}

pub(super) async fn series(store: &Store, query: &UsageQuery) -> Result<Vec<UsagePoint>, StoreError> {
    if query.credential.as_deref().is_some_and(|id| !is_storable(id)) {
        return Ok(Vec::new());
    }
    let columns = columns(query.group_by);
    let table = table(query.bucket);
    let from = query.from.floor_to(query.bucket.seconds());
    let mut sql = QueryBuilder::<Db>::new(format!(
        "SELECT u.starts_at{columns}, CAST(SUM(u.n) AS BIGINT) AS count FROM {table} u WHERE u.starts_at >= "
    ));
    sql.push_bind(from.as_millis()).push(" AND u.starts_at < ").push_bind(query.to.as_millis());
    let org = query.org.as_str();
    match query.side {
        Side::Both => {
            sql.push(" AND (u.holder = ").push_bind(org).push(" OR u.api_owner = ").push_bind(org).push(")");
        }
        Side::Holder => {
            sql.push(" AND u.holder = ").push_bind(org);
        }
        Side::ApiOwner => {
            sql.push(" AND u.api_owner = ").push_bind(org);
        }
    }
    if let Some(credential) = &query.credential {
        sql.push(" AND u.credential = ").push_bind(credential);
    }
    if let Some(api) = &query.api {
        sql.push(" AND u.api_id = ").push_bind(api.as_str());
    }
    sql.push(format!(" GROUP BY u.starts_at{columns} ORDER BY u.starts_at{columns} LIMIT "));
    sql.push_bind(i64::from(query.limit));
    let rows = sql.build().fetch_all(store.reader()).await.map_err(failed)?;
    rows.iter().map(|row| point(row, query.group_by)).collect()
}
