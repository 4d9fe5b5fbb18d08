//! What apps and service accounts are granted: a row for each API.

use std::collections::{BTreeSet, HashMap};

use latchkey_core::apis::operations::GrantedOperations;
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, ScopeSet};
use sqlx::QueryBuilder;

use super::columns::get;
use super::{Connection, Db, Row, apis, operations};
use crate::error::failed;

/// A grant of one kind of holder, and how its row is read and written.
pub(super) trait Grant: Sized {
    /// Reads `holder` and what [`Grant::read`] reads; ends where the holders' ids come.
    const SELECT: &'static str;
    /// Deletes those of the holder `$1`.
    const DELETE: &'static str;
    /// Takes the holder, the API, the scopes, the operations, and the exchange where there is that column.
    const INSERT: &'static str;

    fn read(row: &Row) -> Result<Self, StoreError>;
    fn api(&self) -> &ApiId;
    fn scopes(&self) -> &ScopeSet;
    fn operations(&self) -> Option<&GrantedOperations>;

    /// The column of the ways of exchange, where there is one.
    fn exchange(&self) -> Option<String> {
        None
    }
}

/// Those of each of these holders, in the order of the APIs' ids.
pub(super) async fn of_each<G: Grant>(
    connection: &mut Connection,
    holders: &[String],
) -> Result<HashMap<String, Vec<G>>, StoreError> {
    let mut grants: HashMap<String, Vec<G>> = HashMap::new();
    if holders.is_empty() {
        return Ok(grants);
    }
    let mut query = QueryBuilder::<Db>::new(G::SELECT);
    let mut ids = query.separated(", ");
    for holder in holders {
        ids.push_bind(holder);
    }
    query.push(") ORDER BY holder, api_id");
    for row in &query.build().fetch_all(connection).await.map_err(failed)? {
        grants.entry(get(row, "holder")?).or_default().push(G::read(row)?);
    }
    Ok(grants)
}

/// Those of one holder.
pub(super) async fn of<G: Grant>(connection: &mut Connection, holder: &str) -> Result<Vec<G>, StoreError> {
    let holder = [holder.to_owned()];
    Ok(of_each(connection, &holder).await?.remove(&holder[0]).unwrap_or_default())
}

/// Keeps live APIs from being deleted, and their operations from changing, until this transaction ends: in the order of
/// their ids, so that two writers never wait for each other.
pub(super) async fn share_apis<G: Grant>(connection: &mut Connection, grants: &[G]) -> Result<(), StoreError> {
    for api in grants.iter().map(G::api).collect::<BTreeSet<_>>() {
        apis::share(connection, api).await?;
    }
    Ok(())
}

/// In the order of the APIs' ids, so that two writers never wait for each other.
pub(super) async fn insert<G: Grant>(
    connection: &mut Connection,
    holder: &str,
    grants: &[G],
) -> Result<(), StoreError> {
    let mut grants: Vec<&G> = grants.iter().collect();
    grants.sort_by(|left, right| left.api().cmp(right.api()));
    for grant in grants {
        apis::share(connection, grant.api()).await?;
        let (scopes, operations) =
            operations::in_force(connection, grant.api(), grant.scopes(), grant.operations()).await?;
        let mut query =
            sqlx::query(G::INSERT).bind(holder).bind(grant.api().as_str()).bind(scopes.to_string()).bind(operations);
        if let Some(exchange) = grant.exchange() {
            query = query.bind(exchange);
        }
        query.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// Takes away all that a holder was granted.
pub(super) async fn delete<G: Grant>(connection: &mut Connection, holder: &str) -> Result<(), StoreError> {
    sqlx::query(G::DELETE).bind(holder).execute(connection).await.map_err(failed)?;
    Ok(())
}
