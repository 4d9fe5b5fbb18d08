//! Verification keys.

use latchkey_core::apis::operations::Description;
use latchkey_core::apis::{NewVerificationKey, VerificationKey, VerificationKeyRow};
use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::{AuditEntry, StoreError};
use latchkey_types::{ApiId, Environment, VerificationKeyId};

use super::apis::{self, api, api_columns};
use super::columns::{get, hash, json_option, parsed, time, time_option, words};
use super::orgs::{org, org_columns};
use super::{Connection, Row, Store, hashes};
use crate::error::failed;
use crate::task::in_task;

/// The columns of `verification_keys v` with `last_uses l` that [`key`] reads, and the hash.
macro_rules! columns {
    () => {
        "v.id AS v_id, v.api_id AS v_api_id, v.name AS v_name, v.environments AS v_environments, v.hash AS v_hash, \
         v.created_at AS v_created_at, v.ends_at AS v_ends_at, l.used_at AS v_last_used_at"
    };
}
macro_rules! tables {
    () => {
        " FROM verification_keys v LEFT JOIN last_uses l ON l.id = v.id AND l.generation = 0"
    };
}

fn key(row: &Row) -> Result<VerificationKey, StoreError> {
    Ok(VerificationKey {
        id: parsed(row, "v_id")?,
        api: parsed(row, "v_api_id")?,
        name: get(row, "v_name")?,
        environments: words(row, "v_environments")?,
        created_at: time(row, "v_created_at")?,
        last_used_at: time_option(row, "v_last_used_at")?,
        ends_at: time_option(row, "v_ends_at")?,
    })
}

pub(super) async fn insert(store: &Store, new: &NewVerificationKey, audit: &AuditEntry) -> Result<(), StoreError> {
    let (store, new, audit) = (store.clone(), new.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        apis::share(&mut write, &new.key.api).await?;
        let environments: Vec<&str> = new.key.environments.iter().copied().map(Environment::as_str).collect();
        sqlx::query(
            "INSERT INTO verification_keys (id, api_id, name, environments, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(new.key.id.as_str())
        .bind(new.key.api.as_str())
        .bind(&new.key.name)
        .bind(environments.join(" "))
        .bind(new.hash.expose_phc())
        .bind(new.key.created_at.as_millis())
        .execute(&mut *write)
        .await
        .map_err(failed)?;
        write.changed(&new.key.id);
        write.commit(&audit).await
    })
    .await
}

pub(super) async fn find(store: &Store, id: &VerificationKeyId) -> Result<Option<VerificationKeyRow>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        ", ",
        api_columns!(),
        ", ",
        org_columns!(),
        ", a.first_import_at IS NOT NULL AS has_imported_keys, t.description AS description",
        tables!(),
        " JOIN apis a ON a.id = v.api_id JOIN orgs o ON o.id = a.org_id \
         LEFT JOIN operation_tables t ON t.api_id = a.id AND t.state = 'in_force' WHERE v.id = $1"
    ))
    .bind(id.as_str())
    .fetch_optional(store.reader())
    .await
    .map_err(failed)?;
    row.map(|row| {
        Ok(VerificationKeyRow {
            key: key(&row)?,
            hash: hash(&row, "v_hash")?,
            api: api(&row)?,
            owner: org(&row)?,
            has_imported_keys: get(&row, "has_imported_keys")?,
            operations: json_option::<Description>(&row, "description")?.map(|description| description.operations),
        })
    })
    .transpose()
}

pub(super) async fn upgrade_hash(
    store: &Store,
    id: &VerificationKeyId,
    old: &SecretHash,
    new: &SecretHash,
) -> Result<bool, StoreError> {
    let statement = "UPDATE verification_keys SET hash = $3 WHERE id = $1 AND hash = $2";
    hashes::upgrade(store, statement, id.as_str(), old, new).await
}

pub(super) async fn list(store: &Store, api: &ApiId) -> Result<Vec<VerificationKey>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        tables!(),
        " WHERE v.api_id = $1 ORDER BY v.created_at DESC, v.id DESC"
    ))
    .bind(api.as_str())
    .fetch_all(store.reader())
    .await
    .map_err(failed)?;
    rows.iter().map(key).collect()
}

pub(super) async fn ids(connection: &mut Connection, api: &ApiId) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar("SELECT id FROM verification_keys WHERE api_id = $1")
        .bind(api.as_str())
        .fetch_all(connection)
        .await
        .map_err(failed)
}

pub(super) async fn delete(
    store: &Store,
    api: &ApiId,
    id: &VerificationKeyId,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let (store, api, id, audit) = (store.clone(), api.clone(), id.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        if !remove(&mut write, &api, &id).await? {
            return Err(StoreError::NotFound);
        }
        write.changed(&id);
        write.commit(&audit).await
    })
    .await
}

/// Deletes one, where it is this API's.
pub(super) async fn remove(
    connection: &mut Connection,
    api: &ApiId,
    id: &VerificationKeyId,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM verification_keys WHERE id = $1 AND api_id = $2")
        .bind(id.as_str())
        .bind(api.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    sqlx::query("DELETE FROM last_uses WHERE id = $1").bind(id.as_str()).execute(connection).await.map_err(failed)?;
    Ok(done.rows_affected() == 1)
}
