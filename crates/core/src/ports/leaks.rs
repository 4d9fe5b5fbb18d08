//! Secrets that leaked.

use async_trait::async_trait;
use latchkey_types::{OrgId, Timestamp};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::leaks::{Ending, HeldSecret, Leak, NewLeak};

/// Where secrets were seen, and their ends.
#[async_trait]
pub trait LeakStore: Send + Sync {
    /// Ends one secret at `ends_at`, never later than its own end: where that is now or before, at once; `None` leaves it.
    /// Where it was the last of a key that held, and ends at once, the key is revoked for this `reason`. Notes the place where it was
    /// seen by the same commit. Logs a change of what the secret belongs to.
    ///
    /// What became of it goes into the audit row's detail: `outcome`, `ends_at` where it is to come, `whole_key` where a
    /// key ended with it. Where nothing changed and the place was known, no audit row is written.
    async fn end_secret(
        &self,
        secret: &HeldSecret,
        ends_at: Option<Timestamp>,
        reason: &str,
        leak: Option<&NewLeak>,
        audit: &AuditEntry,
    ) -> Result<Ending, StoreError>;
    /// The secret of this HMAC, where it was seen before: its own row may be gone.
    async fn find_leaked_secret(&self, mac: &[u8; 32]) -> Result<Option<HeldSecret>, StoreError>;
    /// An organisation's leaks, newest first.
    async fn list_leaks(&self, org: &OrgId, page: &Page) -> Result<Listed<Leak>, StoreError>;
    /// The newest leaks, at most 20, of secrets of one of the organisation's credentials: `key_…`, `app_…`.
    async fn leaks_of(&self, org: &OrgId, target: &str) -> Result<Vec<Leak>, StoreError>;
}
