//! With what programs register clients.

use async_trait::async_trait;
use latchkey_types::{InitialAccessTokenId, OrgId, Timestamp};

use super::{AuditEntry, StoreError};
use crate::apps::{App, ClientKey, NewAppSecret};
use crate::initial_access_tokens::{InitialAccessToken, StoredInitialAccessToken};

/// Initial access tokens (RFC 7591 section 1.2). They are read anew for each registration, so that a change holds at
/// once.
#[async_trait]
pub trait InitialAccessTokenStore: Send + Sync {
    /// Stores one where the organisation has fewer than
    /// [`crate::initial_access_tokens::MAX_INITIAL_ACCESS_TOKENS`] that are neither revoked nor expired, else `Ok(false)`.
    async fn insert_initial_access_token(
        &self,
        new: &StoredInitialAccessToken,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// An organisation's that are neither revoked nor expired, newest first.
    async fn list_initial_access_tokens(
        &self,
        org: &OrgId,
        now: Timestamp,
    ) -> Result<Vec<InitialAccessToken>, StoreError>;
    /// One, whether or not it holds.
    async fn find_initial_access_token(
        &self,
        id: &InitialAccessTokenId,
    ) -> Result<Option<StoredInitialAccessToken>, StoreError>;
    /// Ends one; again changes nothing and writes no audit row. [`StoreError::NotFound`] where it isn't the
    /// organisation's.
    async fn revoke_initial_access_token(
        &self,
        org: &OrgId,
        id: &InitialAccessTokenId,
        at: Timestamp,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Takes one use of the token and inserts the app with its first secret and keys, in one transaction: where the token
    /// is the app's organisation's, has a use left, isn't revoked and hasn't expired, and the organisation isn't
    /// suspended; else `Ok(false)`. Of many at once no more succeed than there are uses.
    async fn register_app(
        &self,
        token: &InitialAccessTokenId,
        app: &App,
        secret: Option<&NewAppSecret>,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Forgets those that expired at this time or before. Answers how many.
    async fn delete_expired_initial_access_tokens(&self, until: Timestamp) -> Result<u64, StoreError>;
}
