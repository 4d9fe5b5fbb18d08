//! What is sent of notices.

use async_trait::async_trait;
use latchkey_types::{DeliveryId, OrgId, Timestamp, WebhookId};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::deliveries::{Attempt, Claimed, Delivery, NewDelivery};

/// Deliveries. No change is logged: nothing that is remembered stands on a row.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Stores one that goes with no notice: a test. [`StoreError::NotFound`] where its webhook is gone.
    async fn insert_delivery(&self, new: &NewDelivery, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Takes at most `limit` deliveries that are due, counts their attempt and puts their next one off until `lease`, in one
    /// statement: who gets one is the only one to try it until then. Organisations take turns; those that are suspended
    /// wait.
    async fn claim_deliveries(&self, now: Timestamp, lease: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError>;
    /// Notes how an attempt ended, where it is still the last one. `Ok(false)` where another replica has taken it up since.
    async fn finish_delivery(
        &self,
        id: &DeliveryId,
        attempt: u32,
        ended: &Attempt,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// What goes to a webhook, or by mail where `None`, newest first.
    async fn list_deliveries(
        &self,
        org: &OrgId,
        webhook: Option<&WebhookId>,
        page: &Page,
    ) -> Result<Listed<Delivery>, StoreError>;
    /// Lets a delivery begin anew, now. [`StoreError::NotFound`] where it isn't of this webhook, or no mail where `None`.
    async fn send_again(
        &self,
        org: &OrgId,
        webhook: Option<&WebhookId>,
        id: &DeliveryId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Delivery, StoreError>;
    /// Deletes what was made before this instant, however it stands.
    async fn delete_deliveries_before(&self, at: Timestamp) -> Result<u64, StoreError>;
}
