//! Where notices are posted to.

use async_trait::async_trait;
use latchkey_types::{OrgId, Timestamp, WebhookId};

use super::{AuditEntry, StoreError};
use crate::vault::Sealed;
use crate::webhooks::{StoredWebhook, Webhook, WebhookChange};

/// Webhooks. No change is logged: nothing that is remembered stands on a row.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Stores one where the organisation has fewer than [`crate::webhooks::MAX_WEBHOOKS`], else `Ok(false)`.
    async fn insert_webhook(&self, webhook: &StoredWebhook, audit: &AuditEntry) -> Result<bool, StoreError>;
    /// An organisation's, newest first.
    async fn list_webhooks(&self, org: &OrgId) -> Result<Vec<Webhook>, StoreError>;
    /// One of them.
    async fn find_webhook(&self, org: &OrgId, id: &WebhookId) -> Result<Option<StoredWebhook>, StoreError>;
    /// Changes what isn't `None`. Where it is switched off, what waits for it ends as failed. [`StoreError::NotFound`] where
    /// it isn't the organisation's.
    async fn update_webhook(
        &self,
        org: &OrgId,
        id: &WebhookId,
        change: &WebhookChange,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Webhook, StoreError>;
    /// Puts the secrets of each second in the place of those before, where the one in use is still the first. `Ok(false)`,
    /// nothing written, where one of them isn't.
    async fn replace_webhook_secrets(
        &self,
        webhooks: &[(Sealed, StoredWebhook)],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Those with a secret that another master key than this one sealed.
    async fn webhooks_sealed_by_others(&self, current: &str) -> Result<Vec<StoredWebhook>, StoreError>;
    /// Deletes one, with its deliveries. [`StoreError::NotFound`] where it isn't the organisation's.
    async fn delete_webhook(&self, org: &OrgId, id: &WebhookId, audit: &AuditEntry) -> Result<(), StoreError>;
}
