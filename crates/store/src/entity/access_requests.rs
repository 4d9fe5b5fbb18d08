//! Requests for scopes that need approval.

use latchkey_core::apis::{AccessRequest, AccessRequestStatus};
use latchkey_core::ports::{AuditEntry, Listed, Page, StoreError};
use latchkey_types::{ApiId, OrgId, RequestId, Timestamp};

use super::columns::{get, millis, one_of, parsed, scopes, time, time_option};
use super::{Connection, Row, Store, apis, consumers};
use crate::cursor;
use crate::error::failed;
use crate::task::in_task;

const STATUSES: [AccessRequestStatus; 3] =
    [AccessRequestStatus::Pending, AccessRequestStatus::Approved, AccessRequestStatus::Denied];

macro_rules! select {
    () => {
        "SELECT r.id, r.org_id, o.slug AS org_slug, r.api_id, a.name AS api_name, r.scopes, r.reason, r.status, r.created_at, \
         r.decided_at FROM access_requests r JOIN orgs o ON o.id = r.org_id JOIN apis a ON a.id = r.api_id WHERE "
    };
}

fn request(row: &Row) -> Result<AccessRequest, StoreError> {
    Ok(AccessRequest {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        org_slug: get(row, "org_slug")?,
        api: parsed(row, "api_id")?,
        api_name: get(row, "api_name")?,
        scopes: scopes(row, "scopes")?,
        reason: get(row, "reason")?,
        status: one_of(row, "status", &STATUSES, AccessRequestStatus::as_str)?,
        created_at: time(row, "created_at")?,
        decided_at: time_option(row, "decided_at")?,
    })
}

pub(super) async fn insert(store: &Store, request: &AccessRequest, audit: &AuditEntry) -> Result<(), StoreError> {
    let (store, request, audit) = (store.clone(), request.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        apis::share(&mut write, &request.api).await?;
        sqlx::query(
            "INSERT INTO access_requests (id, org_id, api_id, scopes, reason, status, created_at, decided_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(request.id.as_str())
        .bind(request.org.as_str())
        .bind(request.api.as_str())
        .bind(request.scopes.to_string())
        .bind(&request.reason)
        .bind(request.status.as_str())
        .bind(request.created_at.as_millis())
        .bind(millis(request.decided_at))
        .execute(&mut *write)
        .await
        .map_err(failed)?;
        write.commit(&audit).await
    })
    .await
}

/// What [`page_of`] puts behind the condition on `$1`.
macro_rules! page {
    () => {
        " AND (r.created_at, r.id) < ($2, $3) ORDER BY r.created_at DESC, r.id DESC LIMIT $4"
    };
}

pub(super) async fn list_of(store: &Store, org: &OrgId, page: &Page) -> Result<Listed<AccessRequest>, StoreError> {
    page_of(store, concat!(select!(), "r.org_id = $1", page!()), org.as_str(), page).await
}

pub(super) async fn list_for(store: &Store, api: &ApiId, page: &Page) -> Result<Listed<AccessRequest>, StoreError> {
    page_of(store, concat!(select!(), "r.api_id = $1", page!()), api.as_str(), page).await
}

async fn page_of(
    store: &Store,
    sql: &'static str,
    whose: &str,
    page: &Page,
) -> Result<Listed<AccessRequest>, StoreError> {
    let (at, id) = cursor::by_time(page)?;
    let rows = sqlx::query(sql)
        .bind(whose)
        .bind(at)
        .bind(id)
        .bind(cursor::fetch_limit(page))
        .fetch_all(store.reader())
        .await
        .map_err(failed)?;
    let requests = rows.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::listed(page, requests, |request| cursor::at_time(request.created_at, request.id.as_str())))
}

pub(super) async fn find(store: &Store, api: &ApiId, id: &RequestId) -> Result<Option<AccessRequest>, StoreError> {
    let mut connection = store.reader().acquire().await.map_err(failed)?;
    match load(&mut connection, api, id).await {
        Err(StoreError::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

async fn load(connection: &mut Connection, api: &ApiId, id: &RequestId) -> Result<AccessRequest, StoreError> {
    sqlx::query(concat!(select!(), "r.api_id = $1 AND r.id = $2"))
        .bind(api.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)
        .and_then(|row| request(&row))
}

pub(super) async fn decide(
    store: &Store,
    api: &ApiId,
    id: &RequestId,
    decision: AccessRequestStatus,
    now: Timestamp,
    audit: &AuditEntry,
) -> Result<Option<AccessRequest>, StoreError> {
    let (store, api, id, audit) = (store.clone(), api.clone(), id.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        // Two approvals for one organisation take turns, so that each adds to what the other granted.
        apis::lock(&mut write, &api).await?;
        let before = load(&mut write, &api, &id).await?;
        if before.status != AccessRequestStatus::Pending {
            return Ok(None);
        }
        sqlx::query("UPDATE access_requests SET status = $2, decided_at = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(decision.as_str())
            .bind(now.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
        if decision == AccessRequestStatus::Approved {
            let mut policy = consumers::policy_of(&mut write, &api, &before.org).await?;
            policy.scopes = policy.scopes.union(&before.scopes);
            consumers::save_policy(&mut write, &api, &before.org, &policy).await?;
        }
        write.commit(&audit).await?;
        Ok(Some(AccessRequest { status: decision, decided_at: Some(now), ..before }))
    })
    .await
}
