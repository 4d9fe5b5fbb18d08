//! What can be swapped once. A swap is no change: nothing that is remembered stands on it; a revocation is.

use async_trait::async_trait;
use latchkey_core::action_tokens::{ActionToken, StoredActionToken, VerifiableActionToken};
use latchkey_core::oauth::OpaqueToken;
use latchkey_core::ports::{ActionTokenStore, AuditEntry, Listed, Page, StoreError};
use latchkey_types::{ActionTokenId, OrgId, Timestamp};

use super::apis::{self, api, api_columns};
use super::columns::{bytes, get, number, parsed, scopes, time, time_option};
use super::consumers::{policy, policy_columns};
use super::lists::NewestFirst;
use super::orgs::{org, org_columns};
use super::{Connection, Row, Store, tokens};
use crate::cursor;
use crate::error::failed;
use crate::task::in_task;

/// The columns of `action_tokens t` that [`token`] reads.
macro_rules! token_columns {
    () => {
        "t.id AS t_id, t.org_id AS t_org_id, t.api_id AS t_api_id, t.scopes AS t_scopes, t.purpose AS t_purpose, \
         t.max_access_seconds AS t_max_access_seconds, t.created_at AS t_created_at, t.created_by AS t_created_by, \
         t.expires_at AS t_expires_at, t.redeemed_at AS t_redeemed_at, t.revoked_at AS t_revoked_at"
    };
}

fn token(row: &Row) -> Result<ActionToken, StoreError> {
    Ok(ActionToken {
        id: parsed(row, "t_id")?,
        org: parsed(row, "t_org_id")?,
        api: parsed(row, "t_api_id")?,
        scopes: scopes(row, "t_scopes")?,
        purpose: get(row, "t_purpose")?,
        max_access_seconds: number(row, "t_max_access_seconds")?,
        created_at: time(row, "t_created_at")?,
        created_by: get(row, "t_created_by")?,
        expires_at: time(row, "t_expires_at")?,
        redeemed_at: time_option(row, "t_redeemed_at")?,
        revoked_at: time_option(row, "t_revoked_at")?,
    })
}

async fn insert(connection: &mut Connection, new: &StoredActionToken) -> Result<(), StoreError> {
    let StoredActionToken { token, mac } = new;
    sqlx::query(
        "INSERT INTO action_tokens (id, org_id, api_id, mac, scopes, purpose, max_access_seconds, created_at, \
         created_by, expires_at, redeemed_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(token.id.as_str())
    .bind(token.org.as_str())
    .bind(token.api.as_str())
    .bind(&mac[..])
    .bind(token.scopes.to_string())
    .bind(&token.purpose)
    .bind(i64::from(token.max_access_seconds))
    .bind(token.created_at.as_millis())
    .bind(&token.created_by)
    .bind(token.expires_at.as_millis())
    .bind(token.redeemed_at.map(Timestamp::as_millis))
    .bind(token.revoked_at.map(Timestamp::as_millis))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Marks it as swapped, where everything is good: by one statement, whose row stays locked until the commit.
async fn mark_redeemed(connection: &mut Connection, id: &ActionTokenId, at: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE action_tokens SET redeemed_at = $2 \
         WHERE id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $2 \
         AND EXISTS (SELECT 1 FROM orgs o WHERE o.id = action_tokens.org_id AND o.suspended_at IS NULL)",
    )
    .bind(id.as_str())
    .bind(at.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

/// Whether this made it revoked; it isn't there, or is the second time, where not.
async fn mark_revoked(
    connection: &mut Connection,
    org: &OrgId,
    id: &ActionTokenId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE action_tokens SET revoked_at = $3 WHERE id = $1 AND org_id = $2 AND revoked_at IS NULL")
            .bind(id.as_str())
            .bind(org.as_str())
            .bind(at.as_millis())
            .execute(connection)
            .await
            .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

async fn find(connection: &mut Connection, org: &OrgId, id: &ActionTokenId) -> Result<Option<ActionToken>, StoreError> {
    let row =
        sqlx::query(concat!("SELECT ", token_columns!(), " FROM action_tokens t WHERE t.id = $1 AND t.org_id = $2"))
            .bind(id.as_str())
            .bind(org.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    row.as_ref().map(token).transpose()
}

#[async_trait]
impl ActionTokenStore for Store {
    async fn insert_action_token(&self, new: &StoredActionToken, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, new, audit) = (self.clone(), new.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            apis::share(&mut write, &new.token.api).await?;
            insert(&mut write, &new).await?;
            write.commit(&audit).await
        })
        .await
    }

    async fn find_action_token(&self, org: &OrgId, id: &ActionTokenId) -> Result<Option<ActionToken>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        find(&mut connection, org, id).await
    }

    async fn find_verifiable_action_token(
        &self,
        id: &ActionTokenId,
    ) -> Result<Option<VerifiableActionToken>, StoreError> {
        let row = sqlx::query(concat!(
            "SELECT t.mac AS t_mac, ",
            token_columns!(),
            ", ",
            org_columns!(),
            ", ",
            api_columns!(),
            ", ",
            policy_columns!(),
            " FROM action_tokens t JOIN orgs o ON o.id = t.org_id \
             JOIN apis a ON a.id = t.api_id AND a.deleted_at IS NULL \
             LEFT JOIN consumer_policies c ON c.api_id = t.api_id AND c.org_id = t.org_id WHERE t.id = $1"
        ))
        .bind(id.as_str())
        .fetch_optional(self.reader())
        .await
        .map_err(failed)?;
        let found = row.map(|row| {
            Ok(VerifiableActionToken {
                token: token(&row)?,
                mac: bytes(&row, "t_mac")?,
                holder: org(&row)?,
                api: api(&row)?,
                policy: policy(&row)?,
            })
        });
        found.transpose()
    }

    async fn list_action_tokens(&self, org: &OrgId, page: &Page) -> Result<Listed<ActionToken>, StoreError> {
        let select = concat!("SELECT ", token_columns!(), " FROM action_tokens t WHERE t.org_id = ");
        NewestFirst::new(select, "t", org, page)?
            .fetch(self, token, |token| cursor::at_time(token.created_at, token.id.as_str()))
            .await
    }

    async fn redeem_action_token(
        &self,
        id: &ActionTokenId,
        at: Timestamp,
        access_token: Option<&OpaqueToken>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, id, access_token, audit) = (self.clone(), id.clone(), access_token.cloned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if !mark_redeemed(&mut write, &id, at).await? {
                return Ok(false);
            }
            if let Some(access_token) = &access_token {
                tokens::insert(&mut write, access_token).await?;
            }
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn revoke_action_token(
        &self,
        org: &OrgId,
        id: &ActionTokenId,
        at: Timestamp,
        audit: &AuditEntry,
    ) -> Result<ActionToken, StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let first = mark_revoked(&mut write, &org, &id, at).await?;
            let token = find(&mut write, &org, &id).await?.ok_or(StoreError::NotFound)?;
            if first {
                write.changed(&id);
                write.commit(&audit).await?;
            }
            Ok(token)
        })
        .await
    }

    async fn delete_expired_action_tokens(&self, until: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM action_tokens WHERE expires_at <= $1", until.as_millis())]).await
    }
}
