//! Keys that came from other systems.

use std::collections::BTreeSet;

use latchkey_core::hashing::{SecretHash, SecretIndex};
use latchkey_core::keys::{GenerationSecret, ImportedKey, VerifiableKey};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, KeyId, Timestamp};
use sqlx::QueryBuilder;

use super::super::columns::{bytes, parsed};
use super::super::write::Write;
use super::super::{Db, Store, apis, audit};
use super::{find_verifiable, generations, write as rows};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// In the order of the APIs' ids, so that no two of such writes wait for each other.
pub(super) async fn insert(store: &Store, new: &[ImportedKey]) -> Result<(), StoreError> {
    let (store, new) = (store.clone(), new.to_vec());
    in_task(async move {
        let mut write = store.begin_write().await?;
        for api in new.iter().map(|new| &new.key.api).collect::<BTreeSet<_>>() {
            apis::lock(&mut write, api).await?;
        }
        for ImportedKey { key, hash, index, audit: entry } in &new {
            rows::insert(&mut write, key).await?;
            let first = key.generations.first().ok_or_else(|| corrupt("a key without generations"))?;
            let secret = GenerationSecret::Imported { hash: hash.clone(), index: *index };
            generations::insert(&mut write, &key.id, first, &secret).await?;
            audit::insert(&mut write, entry).await?;
            write.changed(&key.id);
            note_first_import(&mut write, key.api.as_str(), key.created_at).await?;
        }
        write.commit_unaudited().await
    })
    .await
}

/// Whether the API has, or had, one.
pub(super) async fn has_any(store: &Store, api: &ApiId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM apis WHERE id = $1 AND first_import_at IS NOT NULL")
        .bind(api.as_str())
        .fetch_optional(store.reader())
        .await
        .map_err(failed)?;
    Ok(row.is_some())
}

/// Verification keys that are remembered stand on their API: the change makes them look again.
async fn note_first_import(write: &mut Write, api: &str, at: Timestamp) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE apis SET first_import_at = $2 WHERE id = $1 AND first_import_at IS NULL")
        .bind(api)
        .bind(at.as_millis())
        .execute(&mut **write)
        .await
        .map_err(failed)?;
    if done.rows_affected() == 1 {
        write.changed(&api);
    }
    Ok(())
}

pub(super) async fn find(store: &Store, index: &SecretIndex) -> Result<Option<VerifiableKey>, StoreError> {
    let row = sqlx::query("SELECT g.key_id FROM key_generations g WHERE g.imported_index = $1")
        .bind(index.as_bytes().as_slice())
        .fetch_optional(store.reader())
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let id: KeyId = parsed(&row, "key_id")?;
    find_verifiable(store, &id).await
}

pub(super) async fn known(store: &Store, indexes: &[SecretIndex]) -> Result<Vec<SecretIndex>, StoreError> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        QueryBuilder::<Db>::new("SELECT g.imported_index FROM key_generations g WHERE g.imported_index IN (");
    let mut list = query.separated(", ");
    for index in indexes {
        list.push_bind(index.as_bytes().as_slice());
    }
    query.push(")");
    let rows = query.build().fetch_all(store.reader()).await.map_err(failed)?;
    rows.iter().map(|row| bytes(row, "imported_index").map(SecretIndex::from_bytes)).collect()
}

pub(super) async fn upgrade_hash(
    store: &Store,
    id: &KeyId,
    generation: u32,
    old: &SecretHash,
    new: &SecretHash,
    index: &SecretIndex,
) -> Result<bool, StoreError> {
    let (store, id, old, new, index) = (store.clone(), id.clone(), old.clone(), new.clone(), *index);
    in_task(async move {
        let mut write = store.begin_write().await?;
        let done = sqlx::query(
            "UPDATE key_generations SET hash = $4, imported_index = $5 \
             WHERE key_id = $1 AND number = $2 AND hash = $3 AND imported_index IS NOT NULL",
        )
        .bind(id.as_str())
        .bind(i64::from(generation))
        .bind(old.expose_phc())
        .bind(new.expose_phc())
        .bind(index.as_bytes().as_slice())
        .execute(&mut *write)
        .await
        .map_err(failed)?;
        write.commit_unaudited().await?;
        Ok(done.rows_affected() == 1)
    })
    .await
}
