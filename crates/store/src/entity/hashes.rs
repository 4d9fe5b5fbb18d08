//! Putting a hash of the current profile in the place of an older one.

use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::StoreError;

use super::Store;
use crate::error::failed;
use crate::task::in_task;

/// Runs `statement`, which takes the id, the old hash and the new one, and changes a row where the hash is still the
/// old one. Whether it did.
pub(super) async fn upgrade(
    store: &Store,
    statement: &'static str,
    id: &str,
    old: &SecretHash,
    new: &SecretHash,
) -> Result<bool, StoreError> {
    let (store, id, old, new) = (store.clone(), id.to_owned(), old.clone(), new.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        let done = sqlx::query(statement)
            .bind(&id)
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
