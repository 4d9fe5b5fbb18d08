//! Management keys.

use latchkey_core::hashing::SecretHash;
use latchkey_core::management_keys::{ManagementKey, NewManagementKey};
use latchkey_core::ports::{AuditEntry, StoreError};
use latchkey_types::{ManagementKeyId, OrgId, Timestamp};

use super::columns::{get, hash, millis, parsed, parsed_option, time, time_option};
use super::{Row, Store, hashes};
use crate::error::failed;
use crate::task::in_task;

/// A use within this many milliseconds of the one before isn't written.
const TOUCH_EVERY: i64 = 60_000;

/// The columns that [`key`] reads, and the hash.
macro_rules! columns {
    () => {
        "id, org_id, name, role, hash, created_at, expires_at, last_used_at, revoked_at"
    };
}

fn key(row: &Row) -> Result<ManagementKey, StoreError> {
    Ok(ManagementKey {
        id: parsed(row, "id")?,
        org: parsed_option(row, "org_id")?,
        name: get(row, "name")?,
        role: parsed(row, "role")?,
        created_at: time(row, "created_at")?,
        expires_at: time_option(row, "expires_at")?,
        last_used_at: time_option(row, "last_used_at")?,
        revoked_at: time_option(row, "revoked_at")?,
    })
}

pub(super) async fn insert(store: &Store, new: &NewManagementKey, audit: &AuditEntry) -> Result<(), StoreError> {
    let (store, new, audit) = (store.clone(), new.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        sqlx::query(
            "INSERT INTO management_keys (id, org_id, name, role, hash, created_at, expires_at, last_used_at, revoked_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(new.key.id.as_str())
        .bind(new.key.org.as_ref().map(OrgId::as_str))
        .bind(&new.key.name)
        .bind(new.key.role.as_str())
        .bind(new.hash.expose_phc())
        .bind(new.key.created_at.as_millis())
        .bind(millis(new.key.expires_at))
        .bind(millis(new.key.last_used_at))
        .bind(millis(new.key.revoked_at))
        .execute(&mut *write)
        .await
        .map_err(failed)?;
        write.changed(&new.key.id);
        write.commit(&audit).await
    })
    .await
}

pub(super) async fn find(store: &Store, id: &ManagementKeyId) -> Result<Option<NewManagementKey>, StoreError> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM management_keys WHERE id = $1"))
        .bind(id.as_str())
        .fetch_optional(store.reader())
        .await
        .map_err(failed)?;
    row.map(|row| Ok(NewManagementKey { key: key(&row)?, hash: hash(&row, "hash")? })).transpose()
}

pub(super) async fn upgrade_hash(
    store: &Store,
    id: &ManagementKeyId,
    old: &SecretHash,
    new: &SecretHash,
) -> Result<bool, StoreError> {
    let statement = "UPDATE management_keys SET hash = $3 WHERE id = $1 AND hash = $2";
    hashes::upgrade(store, statement, id.as_str(), old, new).await
}

pub(super) async fn list(store: &Store, org: Option<&OrgId>) -> Result<Vec<ManagementKey>, StoreError> {
    let query = match org {
        Some(org) => sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM management_keys WHERE org_id = $1 ORDER BY created_at DESC, id DESC"
        ))
        .bind(org.as_str()),
        None => sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM management_keys WHERE org_id IS NULL ORDER BY created_at DESC, id DESC"
        )),
    };
    query.fetch_all(store.reader()).await.map_err(failed)?.iter().map(key).collect()
}

pub(super) async fn revoke(
    store: &Store,
    org: Option<&OrgId>,
    id: &ManagementKeyId,
    now: Timestamp,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let (store, org, id, audit) = (store.clone(), org.cloned(), id.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        let row = sqlx::query(concat!("SELECT ", columns!(), " FROM management_keys WHERE id = $1", for_update!()))
            .bind(id.as_str())
            .fetch_one(&mut *write)
            .await
            .map_err(failed)?;
        let before = key(&row)?;
        if before.org != org {
            return Err(StoreError::NotFound);
        }
        if before.revoked_at.is_some() {
            return Ok(());
        }
        sqlx::query("UPDATE management_keys SET revoked_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(now.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
        write.changed(&id);
        write.commit(&audit).await
    })
    .await
}

pub(super) async fn touch(store: &Store, id: &ManagementKeyId, now: Timestamp) -> Result<(), StoreError> {
    let (store, id) = (store.clone(), id.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        sqlx::query(
            "UPDATE management_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
        )
        .bind(id.as_str())
        .bind(now.as_millis())
        .bind(now.plus_millis(-TOUCH_EVERY).as_millis())
        .execute(&mut *write)
        .await
        .map_err(failed)?;
        write.commit_unaudited().await
    })
    .await
}
