//! What may be used once. No audit row and no change: nothing that is remembered stands on it.

use async_trait::async_trait;
use latchkey_core::ports::{ReplayStore, StoreError};
use latchkey_types::Timestamp;

use super::Store;
use crate::error::failed;
use crate::task::in_task;

#[async_trait]
impl ReplayStore for Store {
    async fn use_once(&self, space: &str, id_hash: &[u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
        let (store, space, id_hash) = (self.clone(), space.to_owned(), *id_hash);
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query(
                "INSERT INTO used_once (space, id_hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(&space)
            .bind(&id_hash[..])
            .bind(expires_at.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit_unaudited().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn delete_expired_uses(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM used_once WHERE expires_at <= $1", now.as_millis())]).await
    }
}
