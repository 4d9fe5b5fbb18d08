//! Browser sessions, and slots that are read once.

use std::net::IpAddr;

use async_trait::async_trait;
use latchkey_core::ports::{AuditEntry, SessionRow, SessionStore, Slot, StoreError};
use latchkey_types::{Timestamp, UserId};

use super::columns::{bytes, get, parsed_option, time};
use super::{Connection, Row, Store};
use crate::error::failed;
use crate::task::in_task;

macro_rules! columns {
    () => {
        "id_hash, user_id, data, created_at, last_seen_at, expires_at, user_agent, ip"
    };
}
const INSERT: &str = concat!(
    "INSERT INTO sessions (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id_hash) DO NOTHING"
);
const SAVE: &str = "UPDATE sessions SET user_id = $2, data = $3, created_at = $4, last_seen_at = $5, expires_at = $6, \
     user_agent = $7, ip = $8 WHERE id_hash = $1";

fn session(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        id_hash: bytes(row, "id_hash")?,
        user: parsed_option(row, "user_id")?,
        data: get(row, "data")?,
        created_at: time(row, "created_at")?,
        last_seen_at: time(row, "last_seen_at")?,
        expires_at: time(row, "expires_at")?,
        user_agent: get(row, "user_agent")?,
        ip: parsed_option(row, "ip")?,
    })
}

/// Answers how many rows were written.
async fn put(connection: &mut Connection, statement: &'static str, session: &SessionRow) -> Result<u64, StoreError> {
    let done = sqlx::query(statement)
        .bind(&session.id_hash[..])
        .bind(session.user.as_ref().map(UserId::as_str))
        .bind(&session.data)
        .bind(session.created_at.as_millis())
        .bind(session.last_seen_at.as_millis())
        .bind(session.expires_at.as_millis())
        .bind(&session.user_agent)
        .bind(session.ip.map(|ip| ip.to_string()))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(done.rows_affected())
}

#[async_trait]
impl SessionStore for Store {
    async fn insert_session(&self, session: &SessionRow) -> Result<bool, StoreError> {
        let (store, session) = (self.clone(), session.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let written = put(&mut write, INSERT, &session).await?;
            write.commit_unaudited().await?;
            Ok(written == 1)
        })
        .await
    }

    async fn save_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        let (store, session) = (self.clone(), session.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            put(&mut write, SAVE, &session).await?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn find_session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query(concat!("SELECT ", columns!(), " FROM sessions WHERE id_hash = $1 AND expires_at > $2"))
            .bind(&id_hash[..])
            .bind(now.as_millis())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        row.as_ref().map(session).transpose()
    }

    async fn touch_session(&self, id_hash: &[u8; 32], now: Timestamp, ip: Option<IpAddr>) -> Result<(), StoreError> {
        let (store, id_hash) = (self.clone(), *id_hash);
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query("UPDATE sessions SET last_seen_at = $2, ip = $3 WHERE id_hash = $1 AND last_seen_at <= $2")
                .bind(&id_hash[..])
                .bind(now.as_millis())
                .bind(ip.map(|ip| ip.to_string()))
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn list_sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id_hash"
        ))
        .bind(user.as_str())
        .bind(now.as_millis())
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(session).collect()
    }

    async fn delete_session(&self, id_hash: &[u8; 32]) -> Result<(), StoreError> {
        let (store, id_hash) = (self.clone(), *id_hash);
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
                .bind(&id_hash[..])
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn end_session(&self, user: &UserId, id_hash: &[u8; 32], audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, user, id_hash, audit) = (self.clone(), user.clone(), *id_hash, audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id_hash = $2")
                .bind(user.as_str())
                .bind(&id_hash[..])
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            if done.rows_affected() == 0 { Err(StoreError::NotFound) } else { write.commit(&audit).await }
        })
        .await
    }

    async fn end_other_sessions(&self, user: &UserId, keep: &[u8; 32], audit: &AuditEntry) -> Result<u64, StoreError> {
        let (store, user, keep, mut audit) = (self.clone(), user.clone(), *keep, audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2")
                .bind(user.as_str())
                .bind(&keep[..])
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            let ended = done.rows_affected();
            if ended > 0 {
                audit.detail.insert("sessions".to_owned(), ended.into());
                write.commit(&audit).await?;
            }
            Ok(ended)
        })
        .await
    }

    async fn put_slot(&self, slot: &Slot) -> Result<(), StoreError> {
        let (store, slot) = (self.clone(), slot.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query(
                "INSERT INTO slots (name_hash, content, expires_at) VALUES ($1, $2, $3) ON CONFLICT (name_hash) DO UPDATE \
                 SET content = excluded.content, expires_at = excluded.expires_at",
            )
            .bind(&slot.name_hash[..])
            .bind(&slot.content)
            .bind(slot.expires_at.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn take_slot(&self, name_hash: &[u8; 32], now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let (store, name_hash) = (self.clone(), *name_hash);
        in_task(async move {
            let mut write = store.begin_write().await?;
            let row = sqlx::query("DELETE FROM slots WHERE name_hash = $1 RETURNING content, expires_at")
                .bind(&name_hash[..])
                .fetch_optional(&mut *write)
                .await
                .map_err(failed)?;
            let Some(row) = row else { return Ok(None) };
            let (content, expires_at) = (get(&row, "content")?, time(&row, "expires_at")?);
            write.commit_unaudited().await?;
            Ok((expires_at > now).then_some(content))
        })
        .await
    }

    async fn delete_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sessions = "DELETE FROM sessions WHERE expires_at <= $1";
        let slots = "DELETE FROM slots WHERE expires_at <= $1";
        self.reap([(sessions, now.as_millis()), (slots, now.as_millis())]).await
    }
}
