//! Whose users' tokens an organisation takes.

use async_trait::async_trait;
use latchkey_types::{OrgId, TrustedIssuerId};

use super::{AuditEntry, StoreError};
use crate::trusted_issuers::TrustedIssuer;

/// Trusted identity providers. They are read anew for each exchange, so that a change holds at once.
#[async_trait]
pub trait TrustedIssuerStore: Send + Sync {
    /// Stores one where the organisation has fewer than [`crate::trusted_issuers::MAX_TRUSTED_ISSUERS`], else
    /// `Ok(false)`. [`StoreError::Taken`] for an issuer that it has already.
    async fn insert_trusted_issuer(&self, issuer: &TrustedIssuer, audit: &AuditEntry) -> Result<bool, StoreError>;
    /// An organisation's, newest first.
    async fn list_trusted_issuers(&self, org: &OrgId) -> Result<Vec<TrustedIssuer>, StoreError>;
    /// The organisation's row for an issuer, byte for byte.
    async fn find_trusted_issuer(&self, org: &OrgId, issuer: &str) -> Result<Option<TrustedIssuer>, StoreError>;
    /// Deletes one. [`StoreError::NotFound`] where it isn't the organisation's.
    async fn delete_trusted_issuer(
        &self,
        org: &OrgId,
        id: &TrustedIssuerId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
