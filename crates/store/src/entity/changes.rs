//! The change log, read.

use async_trait::async_trait;
use latchkey_core::ports::{Change, ChangeListener, ChangeLog, StoreError};

use super::Store;
use super::columns::get;
use crate::error::failed;

#[async_trait]
impl ChangeLog for Store {
    async fn revision(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT n FROM revision WHERE id = 1").fetch_one(self.reader()).await.map_err(failed)
    }

    async fn changes_after(&self, revision: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query("SELECT revision, subject FROM changes WHERE revision > $1 ORDER BY revision LIMIT $2")
            .bind(revision)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(|row| Ok(Change { revision: get(row, "revision")?, subject: get(row, "subject")? })).collect()
    }

    fn listen(&self, listener: ChangeListener) {
        self.listeners().add(listener);
    }

    async fn notified(&self) {
        Store::notified(self).await;
    }

    async fn forget_changes_before(&self, revision: i64) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM changes WHERE revision < $1", revision)]).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.reader()).await.map_err(failed)?;
        Ok(())
    }
}
