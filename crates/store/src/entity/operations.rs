//! The operations of APIs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use latchkey_core::apis::operations::{
    Description, GrantedOperations, LiveCredential, MAX_UNKNOWN_OPERATIONS, OTHERS, OperationTable, UnknownCall,
    UnknownOperation, with_new_scopes,
};
use latchkey_core::keys::Key;
use latchkey_core::ports::{AuditEntry, OperationStore, StoreError};
use latchkey_types::{ApiId, CredentialKind, KeyId, OrgId, ScopeSet, Timestamp};
use sqlx::QueryBuilder;

use super::columns::{get, json_option, one_of, parsed, scopes, time, to_json};
use super::{Connection, Db, Row, Store, apis};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// The two states of a table.
const IN_FORCE: &str = "in_force";
const DRAFT: &str = "draft";

fn table(row: &Row) -> Result<OperationTable, StoreError> {
    Ok(OperationTable {
        description: serde_json::from_str(get(row, "description")?).map_err(corrupt)?,
        digest: get(row, "digest")?,
        uploaded_at: time(row, "uploaded_at")?,
        uploaded_by: get(row, "uploaded_by")?,
    })
}

async fn find(
    connection: &mut Connection,
    api: &ApiId,
    state: &'static str,
) -> Result<Option<OperationTable>, StoreError> {
    let row = sqlx::query(
        "SELECT description, digest, uploaded_at, uploaded_by FROM operation_tables WHERE api_id = $1 AND state = $2",
    )
    .bind(api.as_str())
    .bind(state)
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    row.as_ref().map(table).transpose()
}

async fn put(
    connection: &mut Connection,
    api: &ApiId,
    state: &'static str,
    table: &OperationTable,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO operation_tables (api_id, state, description, digest, uploaded_at, uploaded_by) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (api_id, state) DO UPDATE SET description = excluded.description, \
         digest = excluded.digest, uploaded_at = excluded.uploaded_at, uploaded_by = excluded.uploaded_by",
    )
    .bind(api.as_str())
    .bind(state)
    .bind(serde_json::to_string(&table.description).map_err(corrupt)?)
    .bind(&table.digest)
    .bind(table.uploaded_at.as_millis())
    .bind(&table.uploaded_by)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn delete_draft(connection: &mut Connection, api: &ApiId) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM operation_tables WHERE api_id = $1 AND state = $2")
        .bind(api.as_str())
        .bind(DRAFT)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(done.rows_affected())
}

/// What of an API goes with it.
pub(super) const BURY: [&str; 2] =
    ["DELETE FROM operation_tables WHERE api_id = $1", "DELETE FROM unknown_operations WHERE api_id = $1"];

/// The column of granted operations.
pub(super) fn granted(row: &Row, column: &str) -> Result<Option<GrantedOperations>, StoreError> {
    json_option(row, column)
}

/// The scopes of a grant as the document in force wants them, and the column of its operations. The caller has made sure
/// that no other document comes into force before its transaction ends.
pub(super) async fn in_force(
    connection: &mut Connection,
    api: &ApiId,
    scopes: &ScopeSet,
    granted: Option<&GrantedOperations>,
) -> Result<(ScopeSet, Option<String>), StoreError> {
    let Some(granted) = granted else { return Ok((scopes.clone(), None)) };
    let description = find(connection, api, IN_FORCE).await?.map(|table| table.description);
    Ok((granted.scopes(description.as_ref()), to_json(Some(granted))?))
}

/// Writes what a key is granted; its API is held.
pub(super) async fn save_of_key(connection: &mut Connection, key: &Key) -> Result<(), StoreError> {
    let (scopes, operations) = in_force(connection, &key.api, &key.scopes, key.operations.as_ref()).await?;
    sqlx::query("UPDATE keys SET scopes = $2, operations = $3 WHERE id = $1")
        .bind(key.id.as_str())
        .bind(scopes.to_string())
        .bind(operations)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Keeps the operations of a key's API as they are until this transaction ends.
pub(super) async fn hold_of_key(connection: &mut Connection, org: &OrgId, id: &KeyId) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT k.api_id FROM keys k WHERE k.id = $1 AND k.org_id = $2")
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)?;
    apis::share(connection, &parsed(&row, "api_id")?).await
}

/// Grants of one kind of credential: how they are found, and written.
struct Grants {
    select: &'static str,
    update: &'static str,
}

const GRANTS: [Grants; 3] = [
    Grants {
        select: "SELECT id, scopes, operations FROM keys WHERE api_id = $1 AND operations IS NOT NULL ORDER BY id",
        update: "UPDATE keys SET scopes = $2 WHERE id = $1 AND api_id = $3",
    },
    Grants {
        select: "SELECT app_id AS id, scopes, operations FROM app_grants WHERE api_id = $1 AND operations IS NOT NULL ORDER BY app_id",
        update: "UPDATE app_grants SET scopes = $2 WHERE app_id = $1 AND api_id = $3",
    },
    Grants {
        select: "SELECT account_id AS id, scopes, operations FROM service_account_grants \
                 WHERE api_id = $1 AND operations IS NOT NULL ORDER BY account_id",
        update: "UPDATE service_account_grants SET scopes = $2 WHERE account_id = $1 AND api_id = $3",
    },
];

/// Gives every grant the scopes that its operations take now.
async fn regrant(connection: &mut Connection, api: &ApiId, description: &Description) -> Result<(), StoreError> {
    for grants in GRANTS {
        let rows = sqlx::query(grants.select).bind(api.as_str()).fetch_all(&mut *connection).await.map_err(failed)?;
        for row in &rows {
            let granted = granted(row, "operations")?.ok_or_else(|| corrupt("operations: missing"))?;
            let after = granted.scopes(Some(description));
            if after == scopes(row, "scopes")? {
                continue;
            }
            sqlx::query(grants.update)
                .bind(get::<&str>(row, "id")?)
                .bind(after.to_string())
                .bind(api.as_str())
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
        }
    }
    Ok(())
}

/// The live credentials of each kind.
const LIVE: [&str; 3] = [
    "SELECT k.id, k.kind, k.name, k.org_id, o.slug, k.scopes, k.operations, c.scopes AS approved FROM keys k \
     JOIN orgs o ON o.id = k.org_id LEFT JOIN consumer_policies c ON c.api_id = k.api_id AND c.org_id = k.org_id \
     WHERE k.api_id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) ORDER BY k.id",
    "SELECT p.id, 'app' AS kind, p.name, p.org_id, o.slug, g.scopes, g.operations, c.scopes AS approved FROM app_grants g \
     JOIN apps p ON p.id = g.app_id JOIN orgs o ON o.id = p.org_id \
     LEFT JOIN consumer_policies c ON c.api_id = g.api_id AND c.org_id = p.org_id \
     WHERE g.api_id = $1 AND p.created_at <= $2 AND p.revoked_at IS NULL AND p.deleted_at IS NULL ORDER BY p.id",
    "SELECT p.id, 'service_account' AS kind, p.name, p.org_id, o.slug, g.scopes, g.operations, c.scopes AS approved \
     FROM service_account_grants g JOIN service_accounts p ON p.id = g.account_id JOIN orgs o ON o.id = p.org_id \
     LEFT JOIN consumer_policies c ON c.api_id = g.api_id AND c.org_id = p.org_id \
     WHERE g.api_id = $1 AND p.created_at <= $2 AND p.revoked_at IS NULL AND p.deleted_at IS NULL ORDER BY p.id",
];

fn live_credential(row: &Row) -> Result<LiveCredential, StoreError> {
    let kinds = [CredentialKind::ApiKey, CredentialKind::JwtKey, CredentialKind::App, CredentialKind::ServiceAccount];
    let approved: Option<&str> = get(row, "approved")?;
    Ok(LiveCredential {
        id: get(row, "id")?,
        kind: one_of(row, "kind", &kinds, CredentialKind::as_str)?,
        name: get(row, "name")?,
        org: parsed(row, "org_id")?,
        org_slug: get(row, "slug")?,
        scopes: scopes(row, "scopes")?,
        operations: granted(row, "operations")?,
        approved: ScopeSet::from_parameter(approved.unwrap_or_default()).map_err(corrupt)?,
    })
}

/// Adds to a row, or makes it where there is room.
async fn add_unknown(
    connection: &mut Connection,
    call: &UnknownCall,
    count: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM unknown_operations WHERE api_id = $1 AND method = $2 AND path = $3 AND ambiguous = $4)",
    )
    .bind(call.api.as_str())
    .bind(&call.method)
    .bind(&call.path)
    .bind(i64::from(call.ambiguous))
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM unknown_operations WHERE api_id = $1")
        .bind(call.api.as_str())
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let has_room = is_known || rows < MAX_UNKNOWN_OPERATIONS;
    let (method, path) = if has_room { (call.method.as_str(), call.path.as_str()) } else { (OTHERS, OTHERS) };
    sqlx::query(
        "INSERT INTO unknown_operations (api_id, method, path, ambiguous, count, last_seen_at) \
         SELECT a.id, $2, $3, $4, $5, $6 FROM apis a WHERE a.id = $1 AND a.deleted_at IS NULL \
         ON CONFLICT (api_id, method, path, ambiguous) \
         DO UPDATE SET count = unknown_operations.count + excluded.count, last_seen_at = excluded.last_seen_at",
    )
    .bind(call.api.as_str())
    .bind(method)
    .bind(path)
    .bind(i64::from(call.ambiguous))
    .bind(count)
    .bind(now.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

fn unknown_operation(row: &Row) -> Result<UnknownOperation, StoreError> {
    Ok(UnknownOperation {
        method: get(row, "method")?,
        path: get(row, "path")?,
        ambiguous: get::<i64>(row, "ambiguous")? != 0,
        count: get(row, "count")?,
        last_seen_at: time(row, "last_seen_at")?,
    })
}

#[async_trait]
impl OperationStore for Store {
    async fn find_operation_table(&self, api: &ApiId) -> Result<Option<OperationTable>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        find(&mut connection, api, IN_FORCE).await
    }

    async fn with_operation_table(&self, apis: &[ApiId]) -> Result<BTreeSet<ApiId>, StoreError> {
        let mut found = BTreeSet::new();
        for apis in apis.chunks(500) {
            let mut query =
                QueryBuilder::<Db>::new("SELECT api_id FROM operation_tables WHERE state = 'in_force' AND api_id IN (");
            let mut list = query.separated(", ");
            for api in apis {
                list.push_bind(api.to_string());
            }
            query.push(")");
            let rows = query.build().persistent(false).fetch_all(self.reader()).await.map_err(failed)?;
            for row in &rows {
                found.insert(parsed(row, "api_id")?);
            }
        }
        Ok(found)
    }

    async fn set_operation_table(
        &self,
        org: &OrgId,
        api: &ApiId,
        table: &OperationTable,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, id, table, audit) = (self.clone(), org.clone(), api.clone(), table.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let api = apis::lock_own(&mut write, &org, &id).await?;
            apis::save_scopes(&mut write, &id, &with_new_scopes(&api, &table.description)).await?;
            put(&mut write, &id, IN_FORCE, &table).await?;
            regrant(&mut write, &id, &table.description).await?;
            delete_draft(&mut write, &id).await?;
            sqlx::query("DELETE FROM unknown_operations WHERE api_id = $1")
                .bind(id.as_str())
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            write.changed(&id);
            write.commit(&audit).await
        })
        .await
    }

    async fn put_operation_draft(
        &self,
        org: &OrgId,
        api: &ApiId,
        table: &OperationTable,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, id, table, audit) = (self.clone(), org.clone(), api.clone(), table.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            apis::lock_own(&mut write, &org, &id).await?;
            put(&mut write, &id, DRAFT, &table).await?;
            write.commit(&audit).await
        })
        .await
    }

    async fn find_operation_draft(&self, api: &ApiId) -> Result<Option<OperationTable>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        find(&mut connection, api, DRAFT).await
    }

    async fn delete_operation_draft(&self, org: &OrgId, api: &ApiId, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), api.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            apis::lock_own(&mut write, &org, &id).await?;
            if delete_draft(&mut write, &id).await? == 0 {
                return Ok(());
            }
            write.commit(&audit).await
        })
        .await
    }

    async fn live_credentials(&self, api: &ApiId, now: Timestamp) -> Result<Vec<LiveCredential>, StoreError> {
        let mut found = Vec::new();
        for select in LIVE {
            let rows = sqlx::query(select)
                .bind(api.as_str())
                .bind(now.as_millis())
                .fetch_all(self.reader())
                .await
                .map_err(failed)?;
            for row in &rows {
                found.push(live_credential(row)?);
            }
        }
        Ok(found)
    }

    async fn add_unknown_operations(&self, counts: &[(UnknownCall, i64)], now: Timestamp) -> Result<(), StoreError> {
        let (store, counts) = (self.clone(), counts.to_vec());
        in_task(async move {
            let mut write = store.begin_write().await?;
            for (call, count) in &counts {
                add_unknown(&mut write, call, *count, now).await?;
            }
            write.commit_unaudited().await
        })
        .await
    }

    async fn list_unknown_operations(&self, api: &ApiId) -> Result<Vec<UnknownOperation>, StoreError> {
        let rows = sqlx::query(
            "SELECT method, path, ambiguous, count, last_seen_at FROM unknown_operations WHERE api_id = $1 \
             ORDER BY count DESC, method, path, ambiguous",
        )
        .bind(api.as_str())
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(unknown_operation).collect()
    }
}
