//! With what programs register clients. No change is logged: nothing that is remembered stands on a row.

use async_trait::async_trait;
use latchkey_core::apps::{App, AppGrant, ClientKey, Exchange, NewAppSecret};
use latchkey_core::initial_access_tokens::{InitialAccessToken, MAX_INITIAL_ACCESS_TOKENS, StoredInitialAccessToken};
use latchkey_core::ports::{AuditEntry, InitialAccessTokenStore, StoreError};
use latchkey_types::{ApiId, InitialAccessTokenId, OrgId, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

use super::columns::{bytes, find_word, get, parsed, time, time_option};
use super::{Connection, Row, Store, apps, orgs};
use crate::error::{corrupt, failed};
use crate::task::in_task;

macro_rules! select_tokens {
    () => {
        "SELECT id, org_id, mac, name, grants, uses_left, created_at, created_by, expires_at, revoked_at \
         FROM initial_access_tokens WHERE "
    };
}

/// A grant as it stands in the column.
#[derive(Serialize, Deserialize)]
struct Grant {
    api: ApiId,
    scopes: ScopeSet,
    exchange: Vec<String>,
}

impl From<&AppGrant> for Grant {
    fn from(grant: &AppGrant) -> Self {
        let exchange = grant.exchange.iter().map(|way| way.as_str().to_owned()).collect();
        Self { api: grant.api.clone(), scopes: grant.scopes.clone(), exchange }
    }
}

impl TryFrom<Grant> for AppGrant {
    type Error = StoreError;

    fn try_from(grant: Grant) -> Result<Self, StoreError> {
        let all = [Exchange::Delegation, Exchange::Impersonation];
        let exchange = grant.exchange.iter().map(|word| find_word(word, &all, Exchange::as_str)).collect::<Option<_>>();
        let exchange = exchange.ok_or_else(|| corrupt("grants: unknown word"))?;
        Ok(Self { api: grant.api, scopes: grant.scopes, operations: None, exchange })
    }
}

fn token(row: &Row) -> Result<InitialAccessToken, StoreError> {
    let grants: Vec<Grant> = serde_json::from_str(get(row, "grants")?).map_err(corrupt)?;
    Ok(InitialAccessToken {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        name: get(row, "name")?,
        grants: grants.into_iter().map(AppGrant::try_from).collect::<Result<_, _>>()?,
        uses_left: get(row, "uses_left")?,
        created_at: time(row, "created_at")?,
        created_by: get(row, "created_by")?,
        expires_at: time(row, "expires_at")?,
        revoked_at: time_option(row, "revoked_at")?,
    })
}

async fn insert(connection: &mut Connection, new: &StoredInitialAccessToken) -> Result<(), StoreError> {
    let StoredInitialAccessToken { token, mac } = new;
    let grants: Vec<Grant> = token.grants.iter().map(Grant::from).collect();
    sqlx::query(
        "INSERT INTO initial_access_tokens \
         (id, org_id, mac, name, grants, uses_left, created_at, created_by, expires_at, revoked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(token.id.as_str())
    .bind(token.org.as_str())
    .bind(&mac[..])
    .bind(&token.name)
    .bind(serde_json::to_string(&grants).map_err(corrupt)?)
    .bind(token.uses_left)
    .bind(token.created_at.as_millis())
    .bind(&token.created_by)
    .bind(token.expires_at.as_millis())
    .bind(token.revoked_at.map(Timestamp::as_millis))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn count(connection: &mut Connection, org: &OrgId, now: Timestamp) -> Result<i64, StoreError> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM initial_access_tokens WHERE org_id = $1 AND revoked_at IS NULL AND expires_at > $2",
    )
    .bind(org.as_str())
    .bind(now.as_millis())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

/// Takes one use, where the token has one and everything else is good: by one statement, whose row stays locked until the
/// commit.
async fn take_use(connection: &mut Connection, id: &InitialAccessTokenId, app: &App) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE initial_access_tokens SET uses_left = uses_left - 1 \
         WHERE id = $1 AND org_id = $2 AND uses_left > 0 AND revoked_at IS NULL AND expires_at > $3 \
         AND EXISTS (SELECT 1 FROM orgs WHERE orgs.id = $2 AND orgs.suspended_at IS NULL)",
    )
    .bind(id.as_str())
    .bind(app.org.as_str())
    .bind(app.created_at.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl InitialAccessTokenStore for Store {
    async fn insert_initial_access_token(
        &self,
        new: &StoredInitialAccessToken,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, new, audit) = (self.clone(), new.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            orgs::lock(&mut write, &new.token.org).await?;
            let there = count(&mut write, &new.token.org, new.token.created_at).await?;
            if usize::try_from(there).map_err(corrupt)? >= MAX_INITIAL_ACCESS_TOKENS {
                return Ok(false);
            }
            insert(&mut write, &new).await?;
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn list_initial_access_tokens(
        &self,
        org: &OrgId,
        now: Timestamp,
    ) -> Result<Vec<InitialAccessToken>, StoreError> {
        let rows = sqlx::query(concat!(
            select_tokens!(),
            "org_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC"
        ))
        .bind(org.as_str())
        .bind(now.as_millis())
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(token).collect()
    }

    async fn find_initial_access_token(
        &self,
        id: &InitialAccessTokenId,
    ) -> Result<Option<StoredInitialAccessToken>, StoreError> {
        let row = sqlx::query(concat!(select_tokens!(), "id = $1"))
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        row.map(|row| Ok(StoredInitialAccessToken { token: token(&row)?, mac: bytes(&row, "mac")? })).transpose()
    }

    async fn revoke_initial_access_token(
        &self,
        org: &OrgId,
        id: &InitialAccessTokenId,
        at: Timestamp,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query(
                "UPDATE initial_access_tokens SET revoked_at = $3 WHERE id = $1 AND org_id = $2 AND revoked_at IS NULL",
            )
            .bind(id.as_str())
            .bind(org.as_str())
            .bind(at.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            if done.rows_affected() == 1 {
                return write.commit(&audit).await;
            }
            let there: bool =
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM initial_access_tokens WHERE id = $1 AND org_id = $2)")
                    .bind(id.as_str())
                    .bind(org.as_str())
                    .fetch_one(&mut *write)
                    .await
                    .map_err(failed)?;
            if there { Ok(()) } else { Err(StoreError::NotFound) }
        })
        .await
    }

    async fn register_app(
        &self,
        token: &InitialAccessTokenId,
        app: &App,
        secret: Option<&NewAppSecret>,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, token, app, audit) = (self.clone(), token.clone(), app.clone(), audit.clone());
        let (secret, keys) = (secret.cloned(), keys.to_vec());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if !take_use(&mut write, &token, &app).await? {
                return Ok(false);
            }
            apps::insert_whole(&mut write, &app, secret.as_ref(), &keys).await?;
            write.changed(&app.id);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn delete_expired_initial_access_tokens(&self, until: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM initial_access_tokens WHERE expires_at <= $1", until.as_millis())]).await
    }
}
