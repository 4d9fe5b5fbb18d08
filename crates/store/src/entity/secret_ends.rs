//! The end of one secret, within a transaction: one method for every kind of thing that has secrets.

use latchkey_core::apps::App;
use latchkey_core::keys::Key;
use latchkey_core::leaks::{Ending, HeldSecret, SecretTarget};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, AppId, AppSecretId, KeyId, OrgId, Timestamp, VerificationKeyId};

use super::columns::{number, time_option};
use super::status::{self, Credential};
use super::write::Write;
use super::{Connection, Row, app_secrets, verification_keys};
use crate::error::failed;

/// What became of a secret.
pub(super) struct Ended {
    pub(super) ending: Ending,
    /// Whether anything was written.
    pub(super) changed: bool,
    /// Whether it was a key's last one.
    pub(super) whole_key: bool,
}

/// When it shall end; `None`: as before.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) at: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) reason: &'a str,
}

impl Wanted<'_> {
    /// What becomes of a secret whose own end is `own`.
    fn decide(self, own: Option<Timestamp>) -> Ended {
        let ended = |ending, changed| Ended { ending, changed, whole_key: false };
        match (own, self.at) {
            (Some(own), _) if own <= self.now => ended(Ending::Before, false),
            (_, None) => ended(Ending::Kept, false),
            (_, Some(at)) if at <= self.now => ended(Ending::Revoked, true),
            (Some(own), Some(at)) if own <= at => ended(Ending::At(own), false),
            (_, Some(at)) => ended(Ending::At(at), true),
        }
    }

    fn before() -> Ended {
        Ended { ending: Ending::Before, changed: false, whole_key: false }
    }
}

/// Ends the secret; logs a change of what it belongs to.
pub(super) async fn end(write: &mut Write, secret: &HeldSecret, wanted: Wanted<'_>) -> Result<Ended, StoreError> {
    match (&secret.target, &secret.org) {
        (SecretTarget::Key { id, generation }, Some(org)) => end_generation(write, org, id, *generation, wanted).await,
        (SecretTarget::AppSecret { app, id }, Some(org)) => end_app_secret(write, org, app, id, wanted).await,
        (SecretTarget::VerificationKey { api, id }, _) => end_verification_key(write, api, id, wanted).await,
        (SecretTarget::ManagementKey { id }, _) => end_management_key(write, id.as_str(), wanted).await,
        (SecretTarget::AccessToken { jti, expires_at, .. }, _) => {
            end_access_token(write, jti, *expires_at, wanted).await
        }
        (SecretTarget::ActionToken { id }, _) => end_action_token(write, id.as_str(), wanted).await,
        (SecretTarget::InitialAccessToken { id }, _) => end_initial_access_token(write, id.as_str(), wanted).await,
        (SecretTarget::Key { .. } | SecretTarget::AppSecret { .. }, None) => Err(StoreError::NotFound),
    }
}

/// A generation as far as its end goes.
struct GenerationEnd {
    number: u32,
    ends_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl GenerationEnd {
    fn read(row: &Row, key_expires_at: Option<Timestamp>) -> Result<Self, StoreError> {
        let own = time_option(row, "ends_at")?;
        Ok(Self {
            number: number(row, "number")?,
            ends_at: own.into_iter().chain(key_expires_at).min(),
            revoked_at: time_option(row, "revoked_at")?,
        })
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.ends_at.is_none_or(|end| end > now)
    }
}

async fn end_generation(
    write: &mut Write,
    org: &OrgId,
    id: &KeyId,
    generation: u32,
    wanted: Wanted<'_>,
) -> Result<Ended, StoreError> {
    let key: Key = status::lock(write, org, id).await?;
    let rows = sqlx::query("SELECT number, ends_at, revoked_at FROM key_generations WHERE key_id = $1")
        .bind(id.as_str())
        .fetch_all(&mut **write)
        .await
        .map_err(failed)?;
    let all = rows.iter().map(|row| GenerationEnd::read(row, key.expires_at)).collect::<Result<Vec<_>, _>>()?;
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|end| end.number == generation);
    let own = own.first().ok_or(StoreError::NotFound)?;
    if key.revoked_at.is_some() || own.revoked_at.is_some() {
        return Ok(Wanted::before());
    }
    let mut ended = wanted.decide(own.ends_at);
    if !ended.changed {
        return Ok(ended);
    }
    let (statement, at) = match ended.ending {
        Ending::At(at) => ("UPDATE key_generations SET ends_at = $3 WHERE key_id = $1 AND number = $2", at),
        _ => ("UPDATE key_generations SET revoked_at = $3 WHERE key_id = $1 AND number = $2", wanted.now),
    };
    sqlx::query(statement)
        .bind(id.as_str())
        .bind(i64::from(generation))
        .bind(at.as_millis())
        .execute(&mut **write)
        .await
        .map_err(failed)?;
    ended.whole_key = ended.ending == Ending::Revoked && !others.iter().any(|other| other.holds(wanted.now));
    if ended.whole_key {
        sqlx::query(Key::REVOKE)
            .bind(id.as_str())
            .bind(wanted.now.as_millis())
            .bind(wanted.reason)
            .execute(&mut **write)
            .await
            .map_err(failed)?;
    }
    write.changed(id);
    Ok(ended)
}

async fn end_app_secret(
    write: &mut Write,
    org: &OrgId,
    app: &AppId,
    id: &AppSecretId,
    wanted: Wanted<'_>,
) -> Result<Ended, StoreError> {
    match status::lock::<App>(write, org, app).await {
        Ok(locked) if locked.revoked_at.is_some() => return Ok(Wanted::before()),
        Ok(_) => {}
        // deleted, with its secrets
        Err(StoreError::NotFound) => return Ok(Wanted::before()),
        Err(error) => return Err(error),
    }
    let row = sqlx::query("SELECT ends_at FROM app_secrets WHERE id = $1 AND app_id = $2")
        .bind(id.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut **write)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(Wanted::before()) };
    let ended = wanted.decide(time_option(&row, "ends_at")?);
    match ended.ending {
        Ending::Revoked => {
            app_secrets::remove(write, app, id).await?;
        }
        Ending::At(at) if ended.changed => {
            set_end(write, "UPDATE app_secrets SET ends_at = $2 WHERE id = $1", id.as_str(), at).await?;
        }
        _ => {}
    }
    if ended.changed {
        write.changed(app);
    }
    Ok(ended)
}

async fn end_verification_key(
    write: &mut Write,
    api: &ApiId,
    id: &VerificationKeyId,
    wanted: Wanted<'_>,
) -> Result<Ended, StoreError> {
    let statement = concat!("SELECT ends_at FROM verification_keys WHERE id = $1", for_update!());
    let Some(row) = locked(write, statement, id.as_str()).await? else { return Ok(Wanted::before()) };
    let ended = wanted.decide(time_option(&row, "ends_at")?);
    match ended.ending {
        Ending::Revoked => {
            verification_keys::remove(write, api, id).await?;
        }
        Ending::At(at) if ended.changed => {
            set_end(write, "UPDATE verification_keys SET ends_at = $2 WHERE id = $1", id.as_str(), at).await?;
        }
        _ => {}
    }
    if ended.changed {
        write.changed(id);
    }
    Ok(ended)
}

async fn end_management_key(write: &mut Write, id: &str, wanted: Wanted<'_>) -> Result<Ended, StoreError> {
    let statement = concat!("SELECT expires_at, revoked_at FROM management_keys WHERE id = $1", for_update!());
    let revoke = "UPDATE management_keys SET revoked_at = $2 WHERE id = $1";
    let shorten = "UPDATE management_keys SET expires_at = $2 WHERE id = $1";
    end_by_columns(write, id, statement, revoke, shorten, wanted).await
}

/// A token's own end comes sooner than any grace, or it is revoked: there is no other end to write.
async fn end_access_token(
    write: &mut Write,
    jti: &str,
    expires_at: Timestamp,
    wanted: Wanted<'_>,
) -> Result<Ended, StoreError> {
    let revoked: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = $1)")
        .bind(jti)
        .fetch_one(&mut **write)
        .await
        .map_err(failed)?;
    if revoked {
        return Ok(Wanted::before());
    }
    let mut ended = wanted.decide(Some(expires_at));
    match ended.ending {
        Ending::Revoked => {
            let done =
                sqlx::query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(jti)
                    .bind(expires_at.as_millis())
                    .execute(&mut **write)
                    .await
                    .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Ok(Wanted::before());
            }
            write.changed(&jti);
        }
        Ending::At(_) => ended = Ended { ending: Ending::At(expires_at), changed: false, whole_key: false },
        Ending::Kept | Ending::Before => {}
    }
    Ok(ended)
}

/// It can be swapped for as long as it waits; revoking it also ends what it was swapped for.
async fn end_action_token(write: &mut Write, id: &str, wanted: Wanted<'_>) -> Result<Ended, StoreError> {
    let statement = concat!("SELECT expires_at, revoked_at FROM action_tokens WHERE id = $1", for_update!());
    let revoke = "UPDATE action_tokens SET revoked_at = $2 WHERE id = $1";
    let shorten = "UPDATE action_tokens SET expires_at = $2 WHERE id = $1";
    end_by_columns(write, id, statement, revoke, shorten, wanted).await
}

async fn end_initial_access_token(write: &mut Write, id: &str, wanted: Wanted<'_>) -> Result<Ended, StoreError> {
    let statement = concat!("SELECT expires_at, revoked_at FROM initial_access_tokens WHERE id = $1", for_update!());
    let revoke = "UPDATE initial_access_tokens SET revoked_at = $2 WHERE id = $1";
    let shorten = "UPDATE initial_access_tokens SET expires_at = $2 WHERE id = $1";
    end_by_columns(write, id, statement, revoke, shorten, wanted).await
}

/// Of what has the columns `expires_at` and `revoked_at`.
async fn end_by_columns(
    write: &mut Write,
    id: &str,
    select: &'static str,
    revoke: &'static str,
    shorten: &'static str,
    wanted: Wanted<'_>,
) -> Result<Ended, StoreError> {
    let Some(row) = locked(write, select, id).await? else { return Ok(Wanted::before()) };
    if time_option(&row, "revoked_at")?.is_some() {
        return Ok(Wanted::before());
    }
    let ended = wanted.decide(time_option(&row, "expires_at")?);
    match ended.ending {
        Ending::Revoked => set_end(write, revoke, id, wanted.now).await?,
        Ending::At(at) if ended.changed => set_end(write, shorten, id, at).await?,
        _ => {}
    }
    if ended.changed {
        write.changed(&id);
    }
    Ok(ended)
}

async fn locked(connection: &mut Connection, statement: &'static str, id: &str) -> Result<Option<Row>, StoreError> {
    sqlx::query(statement).bind(id).fetch_optional(connection).await.map_err(failed)
}

/// A statement that sets an instant, `$2`, where the id is `$1`.
async fn set_end(
    connection: &mut Connection,
    statement: &'static str,
    id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(statement).bind(id).bind(at.as_millis()).execute(connection).await.map_err(failed)?;
    Ok(())
}
