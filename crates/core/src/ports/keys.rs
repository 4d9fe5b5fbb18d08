//! Keys, and what operators and API owners see of credentials of every kind.

use async_trait::async_trait;
use latchkey_types::{ApiId, KeyId, OrgId, Timestamp};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::hashing::{SecretHash, SecretIndex};
use crate::keys::{GenerationSecret, ImportedKey, Key, KeyChange, KeyFilter, Rotation, VerifiableKey};
use crate::operator::CredentialSummary;

/// API keys and JWT keys. Writes log a change of the key.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Inserts a key with its first generation (`key.generations[0]`).
    async fn insert_key(&self, key: &Key, secret: &GenerationSecret, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Inserts keys from another system, all or none. [`StoreError::Taken`] (`imported_index`) where one of the secrets is
    /// there already. Also logs a change of each API that gets its first one: verification then looks for such keys.
    async fn import_keys(&self, keys: &[ImportedKey]) -> Result<(), StoreError>;
    /// Which of these are there already, whoever holds them, revoked ones too.
    async fn known_indexes(&self, indexes: &[SecretIndex]) -> Result<Vec<SecretIndex>, StoreError>;
    /// An organisation's key, with the last two generations.
    async fn find_key(&self, org: &OrgId, id: &KeyId) -> Result<Option<Key>, StoreError>;
    /// As verification needs it; whoever holds it.
    async fn find_verifiable_key(&self, id: &KeyId) -> Result<Option<VerifiableKey>, StoreError>;
    /// The same, found by an imported secret's index.
    async fn find_imported_key(&self, index: &SecretIndex) -> Result<Option<VerifiableKey>, StoreError>;
    /// Whether the API has, or had, a key that came from another system.
    async fn has_imported_keys(&self, api: &ApiId) -> Result<bool, StoreError>;
    /// An organisation's, newest first.
    async fn list_keys(&self, org: &OrgId, filter: &KeyFilter, page: &Page) -> Result<Listed<Key>, StoreError>;
    /// Changes what isn't `None`; only a key that isn't revoked, else [`StoreError::Stale`].
    async fn update_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        change: &KeyChange,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError>;
    /// Adds a generation to a key that isn't revoked (else [`StoreError::Stale`]) and ends the ones before it.
    /// [`StoreError::Stale`] too where its number isn't the newest one plus 1: somebody else rotated.
    async fn rotate_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        rotation: &Rotation,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError>;
    /// Switches off (`Some`) or on. `Ok(None)` where it is revoked. Doing it again changes nothing and writes no audit row.
    async fn set_key_disabled(
        &self,
        org: &OrgId,
        id: &KeyId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<Key>, StoreError>;
    /// Ends a key; again changes nothing and writes no audit row.
    async fn revoke_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError>;
    /// Puts a hash of the current profile in the place of an older one, where it is still the same.
    async fn upgrade_key_hash(
        &self,
        id: &KeyId,
        generation: u32,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError>;
    /// The same for an imported secret, together with its index of today.
    async fn upgrade_imported_hash(
        &self,
        id: &KeyId,
        generation: u32,
        old: &SecretHash,
        new: &SecretHash,
        index: &SecretIndex,
    ) -> Result<bool, StoreError>;
}

/// Credentials of every kind, across organisations.
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// For operators: keys and apps whose id, name or organisation's slug starts with `search`, newest first.
    async fn search_credentials(&self, search: &str, page: &Page) -> Result<Listed<CredentialSummary>, StoreError>;
    /// What these organisations hold for the API, newest first: keys, apps and service accounts.
    async fn credentials_for(&self, api: &ApiId, orgs: &[OrgId]) -> Result<Vec<CredentialSummary>, StoreError>;
}
