//! Where a credential stands: switched off and on, ended, deleted. The same for keys, apps and service accounts.

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
    /// Sets `disabled_at` to `$2` where the id is `$1`.
    const DISABLE: &'static str;
    /// Sets `revoked_at` to `$2` and `revoke_reason` to `$3` where the id is `$1`.
    const REVOKE: &'static str;

    /// Makes this transaction the only one that changes it. [`StoreError::NotFound`] where it isn't the organisation's.
    fn lock(
        connection: &mut Connection,
        org: &OrgId,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Self, StoreError>> + Send;

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
        let mut credential = T::lock(&mut write, &org, &id).await?;
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
        let mut credential = T::lock(&mut write, &org, &id).await?;
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
        if T::lock(&mut write, &org, &id).await?.last_used_at().is_some() {
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
