//! Public keys by which apps and service accounts prove who they are.

use async_trait::async_trait;
use latchkey_core::apps::{ClientKey, MAX_CLIENT_KEYS};
use latchkey_core::ports::{AuditEntry, ClientKeyStore, StoreError};
use latchkey_types::{OrgId, PublicKeyId, ServiceAccountId};

use super::columns::{get, millis, parsed, time, time_option};
use super::{Connection, Row, Store};
use crate::error::failed;
use crate::task::in_task;

fn key(row: &Row) -> Result<ClientKey, StoreError> {
    Ok(ClientKey {
        id: parsed(row, "id")?,
        kid: get(row, "kid")?,
        jwk: get(row, "jwk")?,
        created_at: time(row, "created_at")?,
        expires_at: time_option(row, "expires_at")?,
        last_used_at: time_option(row, "last_used_at")?,
    })
}

/// A holder's keys, newest first.
pub(super) async fn load(connection: &mut Connection, holder: &str) -> Result<Vec<ClientKey>, StoreError> {
    let rows = sqlx::query(
        "SELECT k.id, k.kid, k.jwk, k.created_at, k.expires_at, l.used_at AS last_used_at FROM public_keys k \
         LEFT JOIN last_uses l ON l.id = k.id AND l.generation = 0 WHERE k.holder = $1 ORDER BY k.created_at DESC, k.id DESC",
    )
    .bind(holder)
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter().map(key).collect()
}

/// [`StoreError::Taken`] where the holder has a key of this `kid` already.
pub(super) async fn insert(connection: &mut Connection, holder: &str, key: &ClientKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO public_keys (id, holder, kid, jwk, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key.id.as_str())
    .bind(holder)
    .bind(&key.kid)
    .bind(&key.jwk)
    .bind(key.created_at.as_millis())
    .bind(millis(key.expires_at))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Puts these keys in the place of all that the holder has. One that it has already keeps its row.
pub(super) async fn replace(connection: &mut Connection, holder: &str, keys: &[ClientKey]) -> Result<(), StoreError> {
    let before = load(connection, holder).await?;
    for old in before.iter().filter(|old| keys.iter().all(|key| key.id != old.id)) {
        delete_row(connection, holder, &old.id).await?;
    }
    for new in keys.iter().filter(|key| before.iter().all(|old| old.id != key.id)) {
        insert(connection, holder, new).await?;
    }
    Ok(())
}

/// Whether there was one.
async fn delete_row(connection: &mut Connection, holder: &str, key: &PublicKeyId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM public_keys WHERE id = $1 AND holder = $2")
        .bind(key.as_str())
        .bind(holder)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM last_uses WHERE id = $1").bind(key.as_str()).execute(connection).await.map_err(failed)?;
    Ok(true)
}

/// Where a holder stands.
pub(super) struct HolderRow {
    pub(super) is_revoked: bool,
}

/// Makes this transaction the only one that changes an app or a service account and its keys.
/// [`StoreError::NotFound`] where it isn't the organisation's.
pub(super) async fn lock_holder(
    connection: &mut Connection,
    org: &OrgId,
    holder: &str,
) -> Result<HolderRow, StoreError> {
    let statement = if holder.parse::<ServiceAccountId>().is_ok() {
        concat!(
            "SELECT p.revoked_at FROM service_accounts p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL",
            for_update!()
        )
    } else {
        concat!(
            "SELECT p.revoked_at FROM apps p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL",
            for_update!()
        )
    };
    let row = sqlx::query(statement)
        .bind(holder)
        .bind(org.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)?;
    Ok(HolderRow { is_revoked: time_option(&row, "revoked_at")?.is_some() })
}

async fn is_of(connection: &mut Connection, org: &OrgId, holder: &str) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM apps p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM service_accounts a WHERE a.id = $1 AND a.org_id = $2 AND a.deleted_at IS NULL)",
    )
    .bind(holder)
    .bind(org.as_str())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

#[async_trait]
impl ClientKeyStore for Store {
    async fn list_client_keys(&self, org: &OrgId, holder: &str) -> Result<Vec<ClientKey>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        if !is_of(&mut connection, org, holder).await? {
            return Err(StoreError::NotFound);
        }
        load(&mut connection, holder).await
    }

    async fn insert_client_key(
        &self,
        org: &OrgId,
        holder: &str,
        key: &ClientKey,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, org, holder, key, audit) =
            (self.clone(), org.clone(), holder.to_owned(), key.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if lock_holder(&mut write, &org, &holder).await?.is_revoked {
                return Err(StoreError::Stale);
            }
            if load(&mut write, &holder).await?.len() >= MAX_CLIENT_KEYS {
                return Ok(false);
            }
            insert(&mut write, &holder, &key).await?;
            write.changed(&holder);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn delete_client_key(
        &self,
        org: &OrgId,
        holder: &str,
        key: &PublicKeyId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, holder, key, audit) =
            (self.clone(), org.clone(), holder.to_owned(), key.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            lock_holder(&mut write, &org, &holder).await?;
            if !delete_row(&mut write, &holder, &key).await? {
                return Err(StoreError::NotFound);
            }
            write.changed(&holder);
            write.commit(&audit).await
        })
        .await
    }
}
