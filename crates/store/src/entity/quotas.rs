//! How many tokens apps with a quota got. No change is logged: nothing that is remembered stands on a row.

use std::collections::HashMap;

use async_trait::async_trait;
use latchkey_core::ports::{AuditEntry, QuotaStore, QuotaUse, StoreError};
use latchkey_types::AppId;
use sqlx::QueryBuilder;

use super::columns::{get, parsed};
use super::{Db, Store};
use crate::error::failed;
use crate::task::in_task;

#[async_trait]
impl QuotaStore for Store {
    async fn use_quota(&self, app: &AppId, day: i64, per_day: i64) -> Result<Option<QuotaUse>, StoreError> {
        let (store, app) = (self.clone(), app.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let row = sqlx::query(
                "INSERT INTO issued_per_day (app_id, day, issued) VALUES ($1, $2, 1) \
                 ON CONFLICT (app_id, day) DO UPDATE SET issued = issued_per_day.issued + 1 \
                 WHERE issued_per_day.issued < $3 RETURNING issued, warned",
            )
            .bind(app.as_str())
            .bind(day)
            .bind(per_day)
            .fetch_optional(&mut *write)
            .await
            .map_err(failed)?;
            let used = row
                .map(|row| Ok::<_, StoreError>(QuotaUse { issued: get(&row, "issued")?, warned: get(&row, "warned")? }))
                .transpose()?;
            write.commit_unaudited().await?;
            Ok(used)
        })
        .await
    }

    async fn note_quota_warning(
        &self,
        app: &AppId,
        day: i64,
        percent: i64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, app, audit) = (self.clone(), app.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done =
                sqlx::query("UPDATE issued_per_day SET warned = $3 WHERE app_id = $1 AND day = $2 AND warned < $3")
                    .bind(app.as_str())
                    .bind(day)
                    .bind(percent)
                    .execute(&mut *write)
                    .await
                    .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn issued_on(&self, day: i64, apps: &[AppId]) -> Result<HashMap<AppId, i64>, StoreError> {
        if apps.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query = QueryBuilder::<Db>::new("SELECT app_id, issued FROM issued_per_day WHERE day = ");
        query.push_bind(day).push(" AND app_id IN (");
        let mut ids = query.separated(", ");
        for app in apps {
            ids.push_bind(app.as_str());
        }
        query.push(")");
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        rows.iter().map(|row| Ok((parsed(row, "app_id")?, get(row, "issued")?))).collect()
    }

    async fn delete_issued_before(&self, day: i64) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM issued_per_day WHERE day < $1", day)]).await
    }
}
