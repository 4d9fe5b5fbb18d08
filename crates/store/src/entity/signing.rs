//! Signing keys. Two unique indexes hold that there is one `active` and one `next` of each algorithm.

use async_trait::async_trait;
use latchkey_core::ports::{AuditEntry, ResealedKey, SigningKeyStore, StoreError};
use latchkey_core::signing::{SigningAlg, SigningKeyRow, SigningKeyState};
use latchkey_types::Timestamp;

use super::columns::{get, millis, one_of, time, time_option};
use super::{Connection, Row, Store};
use crate::error::failed;
use crate::task::in_task;

const STATES: [SigningKeyState; 4] =
    [SigningKeyState::Next, SigningKeyState::Active, SigningKeyState::Retired, SigningKeyState::Revoked];

fn key(row: &Row) -> Result<SigningKeyRow, StoreError> {
    Ok(SigningKeyRow {
        kid: get(row, "kid")?,
        alg: one_of(row, "alg", &SigningAlg::ALL, SigningAlg::as_str)?,
        state: one_of(row, "state", &STATES, SigningKeyState::as_str)?,
        public: get(row, "public")?,
        sealed: get(row, "sealed")?,
        sealed_by: get(row, "sealed_by")?,
        created_at: time(row, "created_at")?,
        activated_at: time_option(row, "activated_at")?,
        retired_at: time_option(row, "retired_at")?,
        revoked_at: time_option(row, "revoked_at")?,
    })
}

/// `Ok(false)` where another replica's key of this state or `kid` stands there.
async fn insert(connection: &mut Connection, key: &SigningKeyRow) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO signing_keys (kid, alg, state, public, sealed, sealed_by, created_at, activated_at, retired_at, \
         revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(&key.kid)
    .bind(key.alg.as_str())
    .bind(key.state.as_str())
    .bind(&key.public)
    .bind(&key.sealed)
    .bind(&key.sealed_by)
    .bind(key.created_at.as_millis())
    .bind(millis(key.activated_at))
    .bind(millis(key.retired_at))
    .bind(millis(key.revoked_at))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

/// Moves a key from one state to the next. `Ok(false)` where it isn't in that state any more.
async fn step(
    connection: &mut Connection,
    statement: &'static str,
    kid: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(statement)
        .bind(kid)
        .bind(now.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?
        .rows_affected();
    Ok(done == 1)
}

const RETIRE: &str = "UPDATE signing_keys SET state = 'retired', retired_at = $2 WHERE kid = $1 AND state = 'active'";
const REVOKE_ACTIVE: &str =
    "UPDATE signing_keys SET state = 'revoked', retired_at = $2, revoked_at = $2 WHERE kid = $1 AND state = 'active'";
const REVOKE_RETIRED: &str =
    "UPDATE signing_keys SET state = 'revoked', revoked_at = $2 WHERE kid = $1 AND state = 'retired'";
const REVOKE_NEXT: &str =
    "UPDATE signing_keys SET state = 'revoked', revoked_at = $2 WHERE kid = $1 AND state = 'next'";
const ACTIVATE: &str = "UPDATE signing_keys SET state = 'active', activated_at = $2 WHERE kid = $1 AND state = 'next'";

#[async_trait]
impl SigningKeyStore for Store {
    async fn list_signing_keys(&self) -> Result<Vec<SigningKeyRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT kid, alg, state, public, sealed, sealed_by, created_at, activated_at, retired_at, revoked_at \
             FROM signing_keys ORDER BY created_at, kid",
        )
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(key).collect()
    }

    async fn insert_first_signing_keys(
        &self,
        active: &SigningKeyRow,
        next: &SigningKeyRow,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, active, next, audit) = (self.clone(), active.clone(), next.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM signing_keys WHERE alg = $1)")
                .bind(active.alg.as_str())
                .fetch_one(&mut *write)
                .await
                .map_err(failed)?;
            if any || !insert(&mut write, &active).await? || !insert(&mut write, &next).await? {
                return Ok(false);
            }
            write.changed(&active.kid);
            write.changed(&next.kid);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn rotate_signing_keys(
        &self,
        active_kid: &str,
        next_kid: &str,
        new_next: &SigningKeyRow,
        now: Timestamp,
        revoke: bool,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, active, next) = (self.clone(), active_kid.to_owned(), next_kid.to_owned());
        let (new_next, audit) = (new_next.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let end = if revoke { REVOKE_ACTIVE } else { RETIRE };
            let rotated = step(&mut write, end, &active, now).await?
                && step(&mut write, ACTIVATE, &next, now).await?
                && insert(&mut write, &new_next).await?;
            if !rotated {
                return Ok(false);
            }
            write.changed(&active);
            write.changed(&next);
            write.changed(&new_next.kid);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn revoke_signing_key(
        &self,
        kid: &str,
        new_next: Option<&SigningKeyRow>,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, kid, new_next, audit) = (self.clone(), kid.to_owned(), new_next.cloned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if step(&mut write, REVOKE_NEXT, &kid, now).await? {
                if let Some(new_next) = &new_next {
                    if !insert(&mut write, new_next).await? {
                        return Ok(false);
                    }
                    write.changed(&new_next.kid);
                }
            } else if !step(&mut write, REVOKE_RETIRED, &kid, now).await? {
                return Ok(false);
            }
            write.changed(&kid);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn last_jwt_key_expiry(&self, kid: &str) -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(COALESCE(g.ends_at, k.expires_at)) FROM key_generations g JOIN keys k ON k.id = g.key_id \
             WHERE g.signed_by = $1",
        )
        .bind(kid)
        .fetch_one(self.reader())
        .await
        .map_err(failed)?;
        Ok(millis.map(Timestamp::from_millis))
    }

    async fn reseal_signing_keys(&self, keys: &[ResealedKey], audit: &AuditEntry) -> Result<bool, StoreError> {
        let (store, keys, audit) = (self.clone(), keys.to_vec(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            for ResealedKey { kid, before, after } in &keys {
                let done =
                    sqlx::query("UPDATE signing_keys SET sealed = $3, sealed_by = $4 WHERE kid = $1 AND sealed = $2")
                        .bind(kid)
                        .bind(before)
                        .bind(&after.bytes)
                        .bind(&after.by)
                        .execute(&mut *write)
                        .await
                        .map_err(failed)?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                write.changed(kid);
            }
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn delete_signing_key(&self, kid: &str, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, kid, audit) = (self.clone(), kid.to_owned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query("DELETE FROM signing_keys WHERE kid = $1 AND state IN ('retired', 'revoked')")
                .bind(&kid)
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::NotFound);
            }
            write.changed(&kid);
            write.commit(&audit).await
        })
        .await
    }
}
