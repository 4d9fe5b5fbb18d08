//! Access tokens that are kept: opaque ones, and those that were revoked.

use async_trait::async_trait;
use latchkey_types::{AccessTokenId, Timestamp};

use super::{AuditEntry, StoreError};
use crate::oauth::OpaqueToken;

/// Opaque access tokens, and what was revoked of either format before it expired.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Keeps an opaque token until it has expired.
    async fn insert_access_token(&self, token: &OpaqueToken) -> Result<(), StoreError>;
    /// An opaque token, also an expired one that wasn't deleted yet.
    async fn find_access_token(&self, id: &AccessTokenId) -> Result<Option<OpaqueToken>, StoreError>;
    /// Revokes a token of either format by its `jti`, and logs a change of it. Again changes nothing and writes no audit
    /// row.
    async fn revoke_token(&self, jti: &str, expires_at: Timestamp, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Whether the token of this `jti` was revoked.
    async fn is_token_revoked(&self, jti: &str) -> Result<bool, StoreError>;
    /// Forgets tokens that expired at this time or before. Answers how many.
    async fn delete_expired_tokens(&self, until: Timestamp) -> Result<u64, StoreError>;
}
