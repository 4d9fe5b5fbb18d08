//! The secrets of a key, one after the other.

use latchkey_core::hashing::{SecretHash, SecretIndex};
use latchkey_core::keys::{Generation, GenerationSecret};
use latchkey_core::ports::StoreError;
use latchkey_types::{KeyId, Timestamp};

use super::super::columns::{get, hash, number, time, time_option};
use super::super::{Connection, Row, Store};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// The columns of `key_generations g` with `last_uses l` that [`generation`] and [`secret`] read.
macro_rules! select_generations {
    () => {
        "SELECT g.key_id, g.number, g.created_at, g.ends_at, g.revoked_at, g.hash, g.jti, g.signed_by, g.imported_index, \
         l.used_at AS last_used_at \
         FROM key_generations g LEFT JOIN last_uses l ON l.id = g.key_id AND l.generation = g.number WHERE "
    };
}
pub(super) use select_generations;

/// A generation; the current one ends with its key.
pub(super) fn generation(row: &Row, key_expires_at: Option<Timestamp>) -> Result<Generation, StoreError> {
    Ok(Generation {
        number: number(row, "number")?,
        created_at: time(row, "created_at")?,
        ends_at: time_option(row, "ends_at")?.or(key_expires_at),
        last_used_at: time_option(row, "last_used_at")?,
        jti: get(row, "jti")?,
        imported: index(row)?.is_some(),
        revoked_at: time_option(row, "revoked_at")?,
    })
}

fn index(row: &Row) -> Result<Option<SecretIndex>, StoreError> {
    let bytes: Option<&[u8]> = get(row, "imported_index")?;
    bytes.map(|bytes| bytes.try_into().map(SecretIndex::from_bytes).map_err(corrupt)).transpose()
}

pub(super) fn secret(row: &Row) -> Result<GenerationSecret, StoreError> {
    let signed_by: Option<String> = get(row, "signed_by")?;
    match (signed_by, index(row)?) {
        (Some(kid), _) => Ok(GenerationSecret::SignedBy(kid)),
        (None, Some(index)) => Ok(GenerationSecret::Imported { hash: hash(row, "hash")?, index }),
        (None, None) => hash(row, "hash").map(GenerationSecret::Hash),
    }
}

/// How many generations can hold at once.
pub(super) const LIVE: i64 = 2;
/// How many generations verification still knows by their secrets: one that has ended answers `EXPIRED`. Each costs
/// a wrong secret one comparison more.
pub(super) const KNOWN: i64 = 8;

/// The last generations' rows, newest first.
pub(super) async fn rows(connection: &mut Connection, id: &KeyId, limit: i64) -> Result<Vec<Row>, StoreError> {
    sqlx::query(concat!(select_generations!(), "g.key_id = $1 ORDER BY g.number DESC LIMIT $2"))
        .bind(id.as_str())
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(failed)
}

pub(super) async fn insert(
    connection: &mut Connection,
    id: &KeyId,
    generation: &Generation,
    secret: &GenerationSecret,
) -> Result<(), StoreError> {
    let (hash, index, signed_by) = match secret {
        GenerationSecret::Hash(hash) => (Some(hash.expose_phc()), None, None),
        GenerationSecret::Imported { hash, index } => {
            (Some(hash.expose_phc()), Some(index.as_bytes().as_slice()), None)
        }
        GenerationSecret::SignedBy(kid) => (None, None, Some(kid.as_str())),
    };
    sqlx::query(
        "INSERT INTO key_generations (key_id, number, created_at, hash, jti, signed_by, imported_index) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.as_str())
    .bind(i64::from(generation.number))
    .bind(generation.created_at.as_millis())
    .bind(hash)
    .bind(&generation.jti)
    .bind(signed_by)
    .bind(index)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Puts a hash of the current profile in the place of an older one, where that is still there.
pub(super) async fn upgrade_hash(
    store: &Store,
    id: &KeyId,
    generation: u32,
    old: &SecretHash,
    new: &SecretHash,
) -> Result<bool, StoreError> {
    let (store, id, old, new) = (store.clone(), id.clone(), old.clone(), new.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        let done = sqlx::query("UPDATE key_generations SET hash = $4 WHERE key_id = $1 AND number = $2 AND hash = $3")
            .bind(id.as_str())
            .bind(i64::from(generation))
            .bind(old.expose_phc())
            .bind(new.expose_phc())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
        write.commit_unaudited().await?;
        Ok(done.rows_affected() == 1)
    })
    .await
}
