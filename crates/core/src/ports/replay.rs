//! What may be used once.

use async_trait::async_trait;
use latchkey_types::Timestamp;

use super::StoreError;

/// Ids of assertions and DPoP proofs, remembered until they have expired, across replicas.
#[async_trait]
pub trait ReplayStore: Send + Sync {
    /// Notes the use of an id within `space` (`dpop`, `assertion/<issuer>`) by one conditional insert: of many at once
    /// exactly one gets `Ok(true)`. `Ok(false)` where it was used before.
    async fn use_once(&self, space: &str, id_hash: &[u8; 32], expires_at: Timestamp) -> Result<bool, StoreError>;
    /// Forgets what has expired. Answers how many.
    async fn delete_expired_uses(&self, now: Timestamp) -> Result<u64, StoreError>;
}
