//! Rows of APIs that are made, changed and buried.

use latchkey_core::apis::{Api, ApiChange, ApiScope};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, OrgId, Timestamp};

use super::super::columns::to_json;
use super::super::{Connection, limits, operations};
use super::{lock_own, scopes};
use crate::error::failed;
use crate::search::folded;

const SET_PLANS: &str = "UPDATE apis SET plans = $2 WHERE id = $1";

pub(super) async fn insert(connection: &mut Connection, api: &Api) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audiences (audience, org_id) VALUES ($1, $2) ON CONFLICT (audience) DO NOTHING")
        .bind(&api.audience)
        .bind(api.org.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let holder: String = sqlx::query_scalar("SELECT org_id FROM audiences WHERE audience = $1")
        .bind(&api.audience)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if holder != api.org.as_str() {
        return Err(StoreError::Taken("audience"));
    }
    sqlx::query(
        "INSERT INTO apis (id, org_id, name, search_name, audience, visibility, scopes, token_ttl_seconds, \
         signing_alg, token_format, call_paths, created_at, two_token, unknown_operations, principals) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(api.id.as_str())
    .bind(api.org.as_str())
    .bind(&api.name)
    .bind(folded(&api.name))
    .bind(&api.audience)
    .bind(api.visibility.as_str())
    .bind(scopes::json(&api.scopes)?)
    .bind(i64::from(api.token_ttl_seconds))
    .bind(api.signing_alg.as_str())
    .bind(api.token_format.as_str())
    .bind(to_json(api.call_paths.as_ref())?)
    .bind(api.created_at.as_millis())
    .bind(api.two_token.as_str())
    .bind(api.unknown_operations.as_str())
    .bind(api.principals.as_str())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    limits::set(connection, SET_PLANS, api.id.as_str(), &api.plans).await
}

pub(super) async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &ApiId,
    change: ApiChange,
) -> Result<Api, StoreError> {
    let mut api = lock_own(connection, org, id).await?;
    api.name = change.name.unwrap_or(api.name);
    api.visibility = change.visibility.unwrap_or(api.visibility);
    api.token_ttl_seconds = change.token_ttl_seconds.unwrap_or(api.token_ttl_seconds);
    api.signing_alg = change.signing_alg.unwrap_or(api.signing_alg);
    api.token_format = change.token_format.unwrap_or(api.token_format);
    api.call_paths = change.call_paths.unwrap_or(api.call_paths);
    api.principals = change.principals.unwrap_or(api.principals);
    if let Some(plans) = change.plans {
        api.plans = plans;
        limits::set(connection, SET_PLANS, id.as_str(), &api.plans).await?;
    }
    api.two_token = change.two_token.unwrap_or(api.two_token);
    api.unknown_operations = change.unknown_operations.unwrap_or(api.unknown_operations);
    if let Some(scopes) = change.scopes {
        api.scopes = scopes;
        api.scopes.sort_by(|left, right| left.name.cmp(&right.name));
    }
    sqlx::query(
        "UPDATE apis SET name = $2, search_name = $3, visibility = $4, scopes = $5, token_ttl_seconds = $6, \
         signing_alg = $7, token_format = $8, call_paths = $9, two_token = $10, \
         unknown_operations = $11, principals = $12 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&api.name)
    .bind(folded(&api.name))
    .bind(api.visibility.as_str())
    .bind(scopes::json(&api.scopes)?)
    .bind(i64::from(api.token_ttl_seconds))
    .bind(api.signing_alg.as_str())
    .bind(api.token_format.as_str())
    .bind(to_json(api.call_paths.as_ref())?)
    .bind(api.two_token.as_str())
    .bind(api.unknown_operations.as_str())
    .bind(api.principals.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(api)
}

/// Gives an API that this transaction has locked other scopes.
pub(in super::super) async fn save_scopes(
    connection: &mut Connection,
    id: &ApiId,
    scopes: &[ApiScope],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE apis SET scopes = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(scopes::json(scopes)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(super) async fn has_live_credentials(
    connection: &mut Connection,
    id: &ApiId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM keys k WHERE k.api_id = $1 AND k.revoked_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > $2)) \
         OR EXISTS (SELECT 1 FROM app_grants g JOIN apps p ON p.id = g.app_id \
         WHERE g.api_id = $1 AND p.revoked_at IS NULL AND p.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM service_account_grants g JOIN service_accounts p ON p.id = g.account_id \
         WHERE g.api_id = $1 AND p.revoked_at IS NULL AND p.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM action_tokens t WHERE t.api_id = $1 AND t.revoked_at IS NULL \
         AND (t.expires_at > $2 AND t.redeemed_at IS NULL OR t.redeemed_at + t.max_access_seconds * 1000 > $2))",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

/// Leaves a tombstone, so that revoked credentials still say what they were for.
pub(super) async fn bury(connection: &mut Connection, id: &ApiId, now: Timestamp) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM last_uses WHERE id IN (SELECT v.id FROM verification_keys v WHERE v.api_id = $1)",
        "DELETE FROM verification_keys WHERE api_id = $1",
        "DELETE FROM consumer_policies WHERE api_id = $1",
        "DELETE FROM access_requests WHERE api_id = $1",
    ] {
        sqlx::query(statement).bind(id.as_str()).execute(&mut *connection).await.map_err(failed)?;
    }
    limits::bury(connection, id).await?;
    for statement in operations::BURY {
        sqlx::query(statement).bind(id.as_str()).execute(&mut *connection).await.map_err(failed)?;
    }
    sqlx::query("UPDATE apis SET deleted_at = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(now.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}
