//! Users that are programs.

use async_trait::async_trait;
use latchkey_types::{OrgId, ServiceAccountId, Timestamp};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::apps::ClientKey;
use crate::service_accounts::{ServiceAccount, ServiceAccountChange, VerifiableServiceAccount};

/// Service accounts. Writes log a change of the account.
#[async_trait]
pub trait ServiceAccountStore: Send + Sync {
    /// Inserts an account with its grants and keys.
    async fn insert_service_account(
        &self,
        account: &ServiceAccount,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// An organisation's account.
    async fn find_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError>;
    /// As the token endpoint and verification need it; whoever holds it.
    async fn find_verifiable_service_account(
        &self,
        id: &ServiceAccountId,
    ) -> Result<Option<VerifiableServiceAccount>, StoreError>;
    /// An organisation's, newest first; `search` is an id or a prefix of the name.
    async fn list_service_accounts(
        &self,
        org: &OrgId,
        search: Option<&str>,
        page: &Page,
    ) -> Result<Listed<ServiceAccount>, StoreError>;
    /// Changes what isn't `None`; only an account that isn't revoked, else [`StoreError::Stale`].
    async fn update_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        change: &ServiceAccountChange,
        audit: &AuditEntry,
    ) -> Result<ServiceAccount, StoreError>;
    /// Deletes an account that never got a token, with its keys, grants and the workload rules that name it. `Ok(false)`
    /// where it did.
    async fn delete_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Switches off (`Some`) or on. `Ok(None)` where it is revoked. Doing it again changes nothing and writes no audit row.
    async fn set_service_account_disabled(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<ServiceAccount>, StoreError>;
    /// Ends an account; again changes nothing and writes no audit row.
    async fn revoke_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<ServiceAccount, StoreError>;
}
