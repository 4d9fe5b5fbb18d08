//! Rows of keys that are made and changed.

use latchkey_core::keys::{Key, KeyChange, Rotation};
use latchkey_core::limits::CreditChange;
use latchkey_core::ports::StoreError;
use latchkey_types::{KeyId, OrgId, Timestamp};

use super::super::columns::{json, millis};
use super::super::{Connection, addresses, limits, operations, status};
use super::generations;
use crate::error::{corrupt, failed};
use crate::search::folded;

const SET_ADDRESSES: &str = "UPDATE keys SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";

pub(super) async fn insert(connection: &mut Connection, key: &Key) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO keys (id, org_id, api_id, kind, environment, name, search_name, scopes, expires_at, owner, search_owner, \
         metadata, labels, allowed_ips, created_at, created_by, disabled_at, revoked_at, revoke_reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(key.id.as_str())
    .bind(key.org.as_str())
    .bind(key.api.as_str())
    .bind(key.kind.as_str())
    .bind(key.environment.as_str())
    .bind(&key.name)
    .bind(folded(&key.name))
    .bind(key.scopes.to_string())
    .bind(millis(key.expires_at))
    .bind(&key.owner)
    .bind(key.owner.as_deref().map(folded))
    .bind(json(&key.metadata))
    .bind(json(&key.labels))
    .bind(addresses::networks(&key.addresses.allowed))
    .bind(key.created_at.as_millis())
    .bind(&key.created_by)
    .bind(millis(key.disabled_at))
    .bind(millis(key.revoked_at))
    .bind(&key.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, key.id.as_str(), &key.addresses).await?;
    operations::save_of_key(connection, key).await?;
    limits::save_of_key(connection, key.id.as_str(), &key.rate_limits, key.credits.as_ref()).await?;
    let first = key.credits.map(|rule| CreditChange { rule, remaining: Some(rule.granted) });
    limits::set_credits(connection, key.id.as_str(), first.as_ref(), key.created_at).await
}

pub(super) async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &KeyId,
    change: KeyChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let regrants = change.scopes.is_some() || change.operations.is_some();
    if regrants {
        // before the key's own row: who changes an API's operations takes the rows in this order, too
        operations::hold_of_key(connection, org, id).await?;
    }
    let mut key: Key = status::lock_live(connection, org, id).await?;
    key.name = change.name.unwrap_or(key.name);
    key.rate_limits = change.rate_limits.unwrap_or(key.rate_limits);
    if let Some(change) = &change.credits {
        key.credits = change.map(|change| change.rule);
        limits::set_credits(connection, id.as_str(), change.as_ref(), now).await?;
    }
    limits::save_of_key(connection, id.as_str(), &key.rate_limits, key.credits.as_ref()).await?;
    key.scopes = change.scopes.unwrap_or(key.scopes);
    key.operations = change.operations.unwrap_or(key.operations);
    key.expires_at = change.expires_at.unwrap_or(key.expires_at);
    key.owner = change.owner.unwrap_or(key.owner);
    key.metadata = change.metadata.unwrap_or(key.metadata);
    key.labels = change.labels.unwrap_or(key.labels);
    key.addresses.allowed = change.allowed_ips.unwrap_or(key.addresses.allowed);
    key.addresses.denied = change.denied_ips.unwrap_or(key.addresses.denied);
    sqlx::query(
        "UPDATE keys SET name = $2, search_name = $3, scopes = $4, expires_at = $5, owner = $6, search_owner = $7, \
         metadata = $8, labels = $9 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&key.name)
    .bind(folded(&key.name))
    .bind(key.scopes.to_string())
    .bind(millis(key.expires_at))
    .bind(&key.owner)
    .bind(key.owner.as_deref().map(folded))
    .bind(json(&key.metadata))
    .bind(json(&key.labels))
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, id.as_str(), &key.addresses).await?;
    if regrants {
        operations::save_of_key(connection, &key).await?;
    }
    Ok(())
}

pub(super) async fn rotate(
    connection: &mut Connection,
    org: &OrgId,
    id: &KeyId,
    rotation: &Rotation,
) -> Result<(), StoreError> {
    let key: Key = status::lock_live(connection, org, id).await?;
    let newest = key.generations.first().ok_or_else(|| corrupt("a key without generations"))?.number;
    if rotation.generation.number != newest + 1 {
        return Err(StoreError::Stale);
    }
    // The one before ends when its overlap does, every older one now, and none later than it would have.
    let old_ends_at = key.expires_at.map_or(rotation.old_ends_at, |end| end.min(rotation.old_ends_at));
    sqlx::query(
        "UPDATE key_generations SET ends_at = CASE \
         WHEN number = $2 THEN CASE WHEN ends_at < $3 THEN ends_at ELSE $3 END \
         WHEN ends_at < $4 THEN ends_at ELSE $4 END WHERE key_id = $1",
    )
    .bind(id.as_str())
    .bind(i64::from(newest))
    .bind(old_ends_at.as_millis())
    .bind(rotation.generation.created_at.as_millis())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    generations::insert(connection, id, &rotation.generation, &rotation.secret).await?;
    if let Some(end) = rotation.key_expires_at {
        sqlx::query("UPDATE keys SET expires_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(end.as_millis())
            .execute(connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}
