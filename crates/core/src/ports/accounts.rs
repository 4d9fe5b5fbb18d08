//! People.

use async_trait::async_trait;
use latchkey_types::UserId;

use super::{AuditEntry, StoreError};
use crate::accounts::User;

/// People who signed in.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Inserts the person, or, where (issuer, subject) is known, updates name, address and last sign-in.
    /// Answers the person as stored: with the id of the first sign-in, which stands as actor and target in the audit row too.
    async fn upsert_user(&self, user: &User, audit: &AuditEntry) -> Result<User, StoreError>;
    /// By id.
    async fn find_user(&self, id: &UserId) -> Result<Option<User>, StoreError>;
    /// Makes the person with this verified address (letter case of ASCII counts not) the owner of organisations that
    /// were made for it by `org create --owner-email`, once each. Answers how many; writes an audit
    /// row for each, in that organisation's log.
    async fn claim_owner_invitations(
        &self,
        user: &UserId,
        email: &str,
        now: latchkey_types::Timestamp,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError>;
}
