//! Public keys of apps and service accounts.

use async_trait::async_trait;
use latchkey_types::{OrgId, PublicKeyId};

use super::{AuditEntry, StoreError};
use crate::apps::ClientKey;

/// The public keys by which apps and service accounts prove who they are. `holder` is `app_…` or `sa_…`; where it isn't
/// the organisation's, every method answers [`StoreError::NotFound`]. Writes log a change of the holder.
#[async_trait]
pub trait ClientKeyStore: Send + Sync {
    /// A holder's keys, newest first, expired ones too.
    async fn list_client_keys(&self, org: &OrgId, holder: &str) -> Result<Vec<ClientKey>, StoreError>;
    /// Adds a key where the holder has fewer than [`crate::apps::MAX_CLIENT_KEYS`], else `Ok(false)`.
    /// [`StoreError::Taken`] (`kid`) where it has one of this `kid`, [`StoreError::Stale`] where it is revoked.
    async fn insert_client_key(
        &self,
        org: &OrgId,
        holder: &str,
        key: &ClientKey,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Deletes a key. [`StoreError::NotFound`] where it isn't this holder's.
    async fn delete_client_key(
        &self,
        org: &OrgId,
        holder: &str,
        key: &PublicKeyId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
