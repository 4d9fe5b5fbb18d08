//! Where a credential stands: changed, switched off and on, ended, deleted. The same for keys, apps and service accounts.

use std::future::Future;

use latchkey_core::ports::{AuditEntry, StoreError};
use latchkey_types::{OrgId, Timestamp};

use super::columns::millis;
use super::{Connection, Store};
use crate::error::failed;
use crate::task::in_task;

/// What can be switched off and ended.
pub(super) trait Credential: Sized + Send + 'static {
    /// Its id.
    type Id: Clone + ToString + Send + Sync + 'static;
    /// What a change of it can hold.
    type Change: Clone + Send + Sync + 'static;
    /// Locks the row with the id `$1` of the organisation `$2`.
    const LOCK: &'static str;
    /// Sets `disabled_at` to `$2` where the id is `$1`.
    const DISABLE: &'static str;
    /// Sets `revoked_at` to `$2` and `revoke_reason` to `$3` where the id is `$1`.
    const REVOKE: &'static str;

    /// Reads it, where it is the organisation's.
    fn load(
        connection: &mut Connection,
        org: &OrgId,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send;

    /// Writes a change that is made at `now`. [`StoreError::Stale`] where it is revoked.
    fn write_change(
        connection: &mut Connection,
        org: &OrgId,
        id: &Self::Id,
        change: Self::Change,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Its members that say where it stands.
    fn standing(&mut self) -> Standing<'_>;
}

/// The members that say where a credential stands.
pub(super) struct Standing<'a> {
    pub(super) disabled_at: &'a mut Option<Timestamp>,
    pub(super) revoked_at: &'a mut Option<Timestamp>,
    pub(super) revoke_reason: &'a mut Option<String>,
}

/// What can be deleted while it was never used.
pub(super) trait Deletable: Credential {
    /// What belongs to it: each deletes where the id is `$1`.
    const REMOVE: &'static [&'static str];
    /// Leaves a tombstone, so that the id is never used again: sets `deleted_at` to `$2` where the id is `$1`.
    const BURY: &'static str;

    /// When it was last used.
    fn last_used_at(&self) -> Option<Timestamp>;
}

/// Makes this transaction the only one that changes it and what belongs to it. [`StoreError::NotFound`] where it isn't the
/// organisation's.
pub(super) async fn lock<T: Credential>(connection: &mut Connection, org: &OrgId, id: &T::Id) -> Result<T, StoreError> {
    sqlx::query(T::LOCK)
        .bind(id.to_string())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)?;
    T::load(connection, org, id).await?.ok_or(StoreError::NotFound)
}

/// The same of one that isn't revoked: [`StoreError::Stale`] where it is.
pub(super) async fn lock_live<T: Credential>(
    connection: &mut Connection,
    org: &OrgId,
    id: &T::Id,
) -> Result<T, StoreError> {
    let mut credential: T = lock(connection, org, id).await?;
    if credential.standing().revoked_at.is_some() { Err(StoreError::Stale) } else { Ok(credential) }
}

/// Changes it.
pub(super) async fn change<T: Credential>(
    store: &Store,
    org: &OrgId,
    id: &T::Id,
    change: &T::Change,
    audit: &AuditEntry,
) -> Result<T, StoreError> {
    let (store, org, id, change, audit) = (store.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        T::write_change(&mut write, &org, &id, change, audit.at).await?;
        let changed = T::load(&mut write, &org, &id).await?.ok_or(StoreError::NotFound)?;
        write.changed(&id);
        write.commit(&audit).await?;
        Ok(changed)
    })
    .await
}

/// Switches off (`Some`) or on. `Ok(None)` where it is revoked. Doing it again writes nothing.
pub(super) async fn set_disabled<T: Credential>(
    store: &Store,
    org: &OrgId,
    id: &T::Id,
    at: Option<Timestamp>,
    audit: &AuditEntry,
) -> Result<Option<T>, StoreError> {
    let (store, org, id, audit) = (store.clone(), org.clone(), id.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        let mut credential: T = lock(&mut write, &org, &id).await?;
        let standing = credential.standing();
        if standing.revoked_at.is_some() {
            return Ok(None);
        }
        if standing.disabled_at.is_some() == at.is_some() {
            return Ok(Some(credential));
        }
        *standing.disabled_at = at;
        sqlx::query(T::DISABLE).bind(id.to_string()).bind(millis(at)).execute(&mut *write).await.map_err(failed)?;
        write.changed(&id);
        write.commit(&audit).await?;
        Ok(Some(credential))
    })
    .await
}

/// Ends it. Doing it again writes nothing.
pub(super) async fn revoke<T: Credential>(
    store: &Store,
    org: &OrgId,
    id: &T::Id,
    at: Timestamp,
    reason: Option<&str>,
    audit: &AuditEntry,
) -> Result<T, StoreError> {
    let (store, org, id, audit) = (store.clone(), org.clone(), id.clone(), audit.clone());
    let reason = reason.map(str::to_owned);
    in_task(async move {
        let mut write = store.begin_write().await?;
        let mut credential: T = lock(&mut write, &org, &id).await?;
        let standing = credential.standing();
        if standing.revoked_at.is_some() {
            return Ok(credential);
        }
        *standing.revoked_at = Some(at);
        standing.revoke_reason.clone_from(&reason);
        sqlx::query(T::REVOKE)
            .bind(id.to_string())
            .bind(at.as_millis())
            .bind(&reason)
            .execute(&mut *write)
            .await
            .map_err(failed)?;
        write.changed(&id);
        write.commit(&audit).await?;
        Ok(credential)
    })
    .await
}

/// Deletes it with what belongs to it. `Ok(false)` where it was used.
pub(super) async fn delete<T: Deletable>(
    store: &Store,
    org: &OrgId,
    id: &T::Id,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let (store, org, id, audit) = (store.clone(), org.clone(), id.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        if lock::<T>(&mut write, &org, &id).await?.last_used_at().is_some() {
            return Ok(false);
        }
        for statement in T::REMOVE {
            sqlx::query(*statement).bind(id.to_string()).execute(&mut *write).await.map_err(failed)?;
        }
        sqlx::query(T::BURY)
            .bind(id.to_string())
            .bind(audit.at.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
        write.changed(&id);
        write.commit(&audit).await?;
        Ok(true)
    })
    .await
}
