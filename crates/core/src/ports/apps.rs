//! Apps and their secrets.

use async_trait::async_trait;
use latchkey_types::{ApiId, AppId, AppSecretId, OrgId, Timestamp};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::apps::{App, AppChange, AppSecret, ClientKey, NewAppSecret, OwnedAppSecret, VerifiableApp};
use crate::hashing::SecretHash;

/// `OAuth2` clients. Writes log a change of the app.
#[async_trait]
pub trait AppStore: Send + Sync {
    /// Inserts an app with its grants and its first secret and keys.
    async fn insert_app(
        &self,
        app: &App,
        secret: Option<&NewAppSecret>,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// An organisation's app.
    async fn find_app(&self, org: &OrgId, id: &AppId) -> Result<Option<App>, StoreError>;
    /// As the token endpoint and verification need it; whoever holds it.
    async fn find_verifiable_app(&self, id: &AppId) -> Result<Option<VerifiableApp>, StoreError>;
    /// An organisation's, newest first; `search` is an id or a prefix of the name; `api`: granted this API.
    async fn list_apps(
        &self,
        org: &OrgId,
        search: Option<&str>,
        api: Option<&ApiId>,
        page: &Page,
    ) -> Result<Listed<App>, StoreError>;
    /// Changes what isn't `None`; only an app that isn't revoked, else [`StoreError::Stale`].
    async fn update_app(
        &self,
        org: &OrgId,
        id: &AppId,
        change: &AppChange,
        audit: &AuditEntry,
    ) -> Result<App, StoreError>;
    /// Deletes an app that never got a token, with its secrets and grants. `Ok(false)` where it did.
    async fn delete_app(&self, org: &OrgId, id: &AppId, audit: &AuditEntry) -> Result<bool, StoreError>;
    /// Switches off (`Some`) or on. `Ok(None)` where it is revoked. Doing it again changes nothing and writes no audit row.
    async fn set_app_disabled(
        &self,
        org: &OrgId,
        id: &AppId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<App>, StoreError>;
    /// Ends an app; again changes nothing and writes no audit row.
    async fn revoke_app(
        &self,
        org: &OrgId,
        id: &AppId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<App, StoreError>;

    /// An app's live secrets, newest first.
    async fn list_app_secrets(&self, org: &OrgId, app: &AppId) -> Result<Vec<AppSecret>, StoreError>;
    /// A secret by its own id; whoever holds it.
    async fn find_app_secret(&self, id: &AppSecretId) -> Result<Option<OwnedAppSecret>, StoreError>;
    /// Adds a secret, where fewer than two are live. `Ok(false)` where two are.
    async fn insert_app_secret(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &NewAppSecret,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Deletes a secret. [`StoreError::NotFound`] where it isn't this app's.
    async fn delete_app_secret(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &AppSecretId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Trades the secret for the key: where the app still trades secrets, this secret is still its own and it has fewer
    /// than [`crate::apps::MAX_CLIENT_KEYS`], adds the key and deletes all its secrets; else `Ok(false)`.
    /// [`StoreError::Taken`] (`kid`) where it has one of this `kid`.
    async fn bootstrap_app(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &AppSecretId,
        key: &ClientKey,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Puts a hash of the current profile in the place of an older one, where it is still the same.
    async fn upgrade_app_secret_hash(
        &self,
        id: &AppSecretId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError>;
}
