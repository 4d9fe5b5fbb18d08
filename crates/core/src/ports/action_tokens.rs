//! What can be swapped once.

use async_trait::async_trait;
use latchkey_types::{ActionTokenId, OrgId, Timestamp};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::action_tokens::{ActionToken, StoredActionToken, VerifiableActionToken};
use crate::oauth::OpaqueToken;

/// Action tokens. They are read anew for each redemption; what is remembered of an access token stands on its action
/// token's row.
#[async_trait]
pub trait ActionTokenStore: Send + Sync {
    /// Stores one. [`StoreError::NotFound`] where its API is gone.
    async fn insert_action_token(&self, new: &StoredActionToken, audit: &AuditEntry) -> Result<(), StoreError>;
    /// An organisation's action token.
    async fn find_action_token(&self, org: &OrgId, id: &ActionTokenId) -> Result<Option<ActionToken>, StoreError>;
    /// As redemption and verification need it; whoever holds it. `None` also where its API is gone.
    async fn find_verifiable_action_token(
        &self,
        id: &ActionTokenId,
    ) -> Result<Option<VerifiableActionToken>, StoreError>;
    /// An organisation's, newest first.
    async fn list_action_tokens(&self, org: &OrgId, page: &Page) -> Result<Listed<ActionToken>, StoreError>;
    /// Marks it as swapped, where it wasn't yet, isn't revoked and hasn't expired, and its organisation isn't suspended;
    /// else `Ok(false)`. An opaque access token is kept by the same commit. Of many at once exactly one gets `Ok(true)`.
    async fn redeem_action_token(
        &self,
        id: &ActionTokenId,
        at: Timestamp,
        access_token: Option<&OpaqueToken>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Ends one and logs a change of it; again changes nothing and writes no audit row. [`StoreError::NotFound`] where it
    /// isn't the organisation's.
    async fn revoke_action_token(
        &self,
        org: &OrgId,
        id: &ActionTokenId,
        at: Timestamp,
        audit: &AuditEntry,
    ) -> Result<ActionToken, StoreError>;
    /// Forgets those that expired at this time or before. Answers how many.
    async fn delete_expired_action_tokens(&self, until: Timestamp) -> Result<u64, StoreError>;
}
