//! Opaque access tokens, and those of either format that were revoked. Both go when they have expired.

use async_trait::async_trait;
use latchkey_core::oauth::OpaqueToken;
use latchkey_core::ports::{AuditEntry, StoreError, TokenStore};
use latchkey_types::{AccessTokenId, Timestamp};

use super::columns::{bytes, get, parsed};
use super::{Connection, Row, Store};
use crate::error::{corrupt, failed};
use crate::task::in_task;

fn token(row: &Row) -> Result<OpaqueToken, StoreError> {
    Ok(OpaqueToken {
        id: parsed(row, "id")?,
        mac: bytes(row, "mac")?,
        claims: serde_json::from_str(get(row, "claims")?).map_err(corrupt)?,
    })
}

pub(super) async fn insert(connection: &mut Connection, token: &OpaqueToken) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO access_tokens (id, mac, claims, client_id, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(token.id.as_str())
        .bind(&token.mac[..])
        .bind(serde_json::to_string(&token.claims).map_err(corrupt)?)
        .bind(&token.claims.client_id)
        .bind(token.claims.exp.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

#[async_trait]
impl TokenStore for Store {
    async fn insert_access_token(&self, token: &OpaqueToken) -> Result<(), StoreError> {
        let (store, token) = (self.clone(), token.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            insert(&mut write, &token).await?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn find_access_token(&self, id: &AccessTokenId) -> Result<Option<OpaqueToken>, StoreError> {
        let row = sqlx::query("SELECT id, mac, claims FROM access_tokens WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        row.as_ref().map(token).transpose()
    }

    async fn revoke_token(&self, jti: &str, expires_at: Timestamp, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, jti, audit) = (self.clone(), jti.to_owned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done =
                sqlx::query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(&jti)
                    .bind(expires_at.as_millis())
                    .execute(&mut *write)
                    .await
                    .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
            write.changed(&jti);
            write.commit(&audit).await
        })
        .await
    }

    async fn is_token_revoked(&self, jti: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = $1)")
            .bind(jti)
            .fetch_one(self.reader())
            .await
            .map_err(failed)
    }

    async fn delete_expired_tokens(&self, until: Timestamp) -> Result<u64, StoreError> {
        let access_tokens = "DELETE FROM access_tokens WHERE expires_at <= $1";
        let revoked_tokens = "DELETE FROM revoked_tokens WHERE expires_at <= $1";
        self.reap([(access_tokens, until.as_millis()), (revoked_tokens, until.as_millis())]).await
    }
}
