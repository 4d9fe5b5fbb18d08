//! Signing keys.

use async_trait::async_trait;
use latchkey_types::Timestamp;

use super::{AuditEntry, StoreError};
use crate::signing::SigningKeyRow;
use crate::vault::Sealed;

/// A signing key under another master key.
#[derive(Clone)]
pub struct ResealedKey {
    /// Which one.
    pub kid: String,
    /// What was read.
    pub before: Vec<u8>,
    /// What goes in its place.
    pub after: Sealed,
}

/// Signing keys. There is never more than one `active` and one `next` of an algorithm. Writes log a change of each `kid` they touch.
#[async_trait]
pub trait SigningKeyStore: Send + Sync {
    /// All that aren't deleted, oldest first.
    async fn list_signing_keys(&self) -> Result<Vec<SigningKeyRow>, StoreError>;
    /// Inserts the first two keys of an algorithm. `Ok(false)`, nothing written, where there are keys of it already:
    /// another replica was first.
    async fn insert_first_signing_keys(
        &self,
        active: &SigningKeyRow,
        next: &SigningKeyRow,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// In one transaction: `next` becomes active, the active one retired (or revoked, where `revoke`), `new_next` is inserted.
    /// `Ok(false)`, nothing written, where `active_kid` or `next_kid` isn't what it was: another replica was first.
    async fn rotate_signing_keys(
        &self,
        active_kid: &str,
        next_kid: &str,
        new_next: &SigningKeyRow,
        now: Timestamp,
        revoke: bool,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Revokes a retired or next key (a next one is replaced by `new_next`). `Ok(false)` where it is active or gone.
    async fn revoke_signing_key(
        &self,
        kid: &str,
        new_next: Option<&SigningKeyRow>,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// When the last JWT key that this key signed expires.
    async fn last_jwt_key_expiry(&self, kid: &str) -> Result<Option<Timestamp>, StoreError>;
    /// Seals keys anew, for a change of the master key. `Ok(false)`, nothing written, where one of them isn't sealed any more
    /// as it was read.
    async fn reseal_signing_keys(&self, keys: &[ResealedKey], audit: &AuditEntry) -> Result<bool, StoreError>;
    /// Deletes a retired or revoked key.
    async fn delete_signing_key(&self, kid: &str, audit: &AuditEntry) -> Result<(), StoreError>;
}
