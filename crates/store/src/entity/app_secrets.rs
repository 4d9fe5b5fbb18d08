//! Client secrets: at most two of an app are live.

use latchkey_core::apps::{App, AppSecret, NewAppSecret, OwnedAppSecret};
use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::{AuditEntry, StoreError};
use latchkey_types::{AppId, AppSecretId, OrgId, Timestamp};

use super::columns::{hash, parsed, time, time_option};
use super::{Connection, Row, Store, hashes, status};
use crate::error::failed;
use crate::task::in_task;

const MOST: usize = 2;

fn secret(row: &Row) -> Result<NewAppSecret, StoreError> {
    let secret = AppSecret {
        id: parsed(row, "id")?,
        created_at: time(row, "created_at")?,
        last_used_at: time_option(row, "last_used_at")?,
        ends_at: time_option(row, "ends_at")?,
    };
    Ok(NewAppSecret { secret, hash: hash(row, "hash")? })
}

/// An app's secrets, newest first.
pub(super) async fn load(connection: &mut Connection, app: &AppId) -> Result<Vec<NewAppSecret>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.id, s.hash, s.created_at, s.ends_at, l.used_at AS last_used_at FROM app_secrets s \
         LEFT JOIN last_uses l ON l.id = s.id AND l.generation = 0 WHERE s.app_id = $1 ORDER BY s.created_at DESC, s.id DESC",
    )
    .bind(app.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter().map(secret).collect()
}

pub(super) async fn list(store: &Store, org: &OrgId, app: &AppId) -> Result<Vec<AppSecret>, StoreError> {
    let mut connection = store.reader().acquire().await.map_err(failed)?;
    let is_own: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM apps WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL)")
            .bind(app.as_str())
            .bind(org.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
    if !is_own {
        return Err(StoreError::NotFound);
    }
    Ok(load(&mut connection, app).await?.into_iter().map(|stored| stored.secret).collect())
}

pub(super) async fn find(store: &Store, id: &AppSecretId) -> Result<Option<OwnedAppSecret>, StoreError> {
    let row = sqlx::query(
        "SELECT s.id, s.hash, s.created_at, s.ends_at, l.used_at AS last_used_at, p.id AS app_id, p.org_id AS org_id \
         FROM app_secrets s JOIN apps p ON p.id = s.app_id AND p.deleted_at IS NULL \
         LEFT JOIN last_uses l ON l.id = s.id AND l.generation = 0 WHERE s.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(store.reader())
    .await
    .map_err(failed)?;
    row.map(|row| {
        Ok(OwnedAppSecret { org: parsed(&row, "org_id")?, app: parsed(&row, "app_id")?, secret: secret(&row)? })
    })
    .transpose()
}

pub(super) async fn insert(connection: &mut Connection, app: &AppId, new: &NewAppSecret) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO app_secrets (id, app_id, hash, created_at) VALUES ($1, $2, $3, $4)")
        .bind(new.secret.id.as_str())
        .bind(app.as_str())
        .bind(new.hash.expose_phc())
        .bind(new.secret.created_at.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(super) async fn add(
    store: &Store,
    org: &OrgId,
    app: &AppId,
    new: &NewAppSecret,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let (store, org, app, new, audit) = (store.clone(), org.clone(), app.clone(), new.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        status::lock::<App>(&mut write, &org, &app).await?;
        delete_ended(&mut write, &app, new.secret.created_at).await?;
        if load(&mut write, &app).await?.len() >= MOST {
            return Ok(false);
        }
        insert(&mut write, &app, &new).await?;
        write.changed(&app);
        write.commit(&audit).await?;
        Ok(true)
    })
    .await
}

pub(super) async fn delete(
    store: &Store,
    org: &OrgId,
    app: &AppId,
    secret: &AppSecretId,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let (store, org, app, secret, audit) = (store.clone(), org.clone(), app.clone(), secret.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        status::lock::<App>(&mut write, &org, &app).await?;
        if !remove(&mut write, &app, &secret).await? {
            return Err(StoreError::NotFound);
        }
        write.changed(&app);
        write.commit(&audit).await
    })
    .await
}

/// Deletes one, where it is this app's.
pub(super) async fn remove(connection: &mut Connection, app: &AppId, secret: &AppSecretId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM app_secrets WHERE id = $1 AND app_id = $2")
        .bind(secret.as_str())
        .bind(app.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    sqlx::query("DELETE FROM last_uses WHERE id = $1")
        .bind(secret.as_str())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

/// One that has ended holds no place.
async fn delete_ended(connection: &mut Connection, app: &AppId, now: Timestamp) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM last_uses WHERE id IN (SELECT id FROM app_secrets WHERE app_id = $1 AND ends_at <= $2)",
        "DELETE FROM app_secrets WHERE app_id = $1 AND ends_at <= $2",
    ] {
        sqlx::query(statement)
            .bind(app.as_str())
            .bind(now.as_millis())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Ends all secrets of an app.
pub(super) async fn delete_all(connection: &mut Connection, app: &AppId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM last_uses WHERE id IN (SELECT id FROM app_secrets WHERE app_id = $1)",
        "DELETE FROM app_secrets WHERE app_id = $1",
    ] {
        sqlx::query(statement).bind(app.as_str()).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn upgrade_hash(
    store: &Store,
    id: &AppSecretId,
    old: &SecretHash,
    new: &SecretHash,
) -> Result<bool, StoreError> {
    let statement = "UPDATE app_secrets SET hash = $3 WHERE id = $1 AND hash = $2";
    hashes::upgrade(store, statement, id.as_str(), old, new).await
}
