//! What was answered to which `Idempotency-Key`.

use async_trait::async_trait;
use latchkey_core::ports::{IdempotencyRecord, IdempotencyStart, IdempotencyStore, StoreError};
use latchkey_types::Timestamp;

use super::columns::{bytes, get, number};
use super::{Row, Store};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// How long a key counts, in seconds (contract section 10, "Management").
const LIFE: i64 = 24 * 3_600;

fn record(row: &Row) -> Result<IdempotencyRecord, StoreError> {
    match get(row, "state")? {
        "in_progress" => Ok(IdempotencyRecord::InProgress),
        "answered" => Ok(IdempotencyRecord::Answered { status: number(row, "status")?, body: get(row, "body")? }),
        "made_secret" => Ok(IdempotencyRecord::MadeSecret { id: get(row, "made_id")? }),
        _ => Err(corrupt("state: unknown word")),
    }
}

#[async_trait]
impl IdempotencyStore for Store {
    async fn start_idempotent(
        &self,
        caller: &str,
        key: &str,
        request_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<IdempotencyStart, StoreError> {
        let (store, caller, key, request_hash) = (self.clone(), caller.to_owned(), key.to_owned(), *request_hash);
        in_task(async move {
            let mut write = store.begin_write().await?;
            // Of parallel calls one inserts; the others wait for its commit and find its row.
            let taken = sqlx::query(
                "INSERT INTO idempotency (caller_id, idempotency_key, request_hash, state, created_at) \
                 VALUES ($1, $2, $3, 'in_progress', $4) ON CONFLICT (caller_id, idempotency_key) DO UPDATE \
                 SET request_hash = excluded.request_hash, state = excluded.state, status = NULL, body = NULL, made_id = NULL, \
                 created_at = excluded.created_at WHERE idempotency.created_at <= $5",
            )
            .bind(caller.as_str())
            .bind(&key)
            .bind(&request_hash[..])
            .bind(now.as_millis())
            .bind(now.plus_seconds(-LIFE).as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            if taken.rows_affected() == 1 {
                write.commit_unaudited().await?;
                return Ok(IdempotencyStart::First);
            }
            let row = sqlx::query(
                "SELECT request_hash, state, status, body, made_id FROM idempotency WHERE caller_id = $1 AND idempotency_key = $2",
            )
            .bind(caller.as_str())
            .bind(&key)
            .fetch_one(&mut *write)
            .await
            .map_err(failed)?;
            if bytes::<32>(&row, "request_hash")? == request_hash {
                record(&row).map(IdempotencyStart::Again)
            } else {
                Ok(IdempotencyStart::OtherRequest)
            }
        })
        .await
    }

    async fn finish_idempotent(&self, caller: &str, key: &str, record: &IdempotencyRecord) -> Result<(), StoreError> {
        let (store, caller, key, record) = (self.clone(), caller.to_owned(), key.to_owned(), record.clone());
        in_task(async move {
            let (state, status, body, made_id) = match &record {
                IdempotencyRecord::InProgress => ("in_progress", None, None, None),
                IdempotencyRecord::Answered { status, body } => {
                    ("answered", Some(i64::from(*status)), Some(body), None)
                }
                IdempotencyRecord::MadeSecret { id } => ("made_secret", None, None, Some(id)),
            };
            let mut write = store.begin_write().await?;
            let done = sqlx::query(
                "UPDATE idempotency SET state = $3, status = $4, body = $5, made_id = $6 \
                 WHERE caller_id = $1 AND idempotency_key = $2",
            )
            .bind(caller.as_str())
            .bind(&key)
            .bind(state)
            .bind(status)
            .bind(body)
            .bind(made_id)
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::NotFound);
            }
            write.commit_unaudited().await
        })
        .await
    }

    async fn abandon_idempotent(&self, caller: &str, key: &str) -> Result<(), StoreError> {
        let (store, caller, key) = (self.clone(), caller.to_owned(), key.to_owned());
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query("DELETE FROM idempotency WHERE caller_id = $1 AND idempotency_key = $2")
                .bind(caller.as_str())
                .bind(&key)
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn delete_idempotent_before(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM idempotency WHERE created_at < $1", before.as_millis())]).await
    }
}
