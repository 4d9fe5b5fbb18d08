//! What organisations are told.

use async_trait::async_trait;
use latchkey_types::{NoticeId, OrgId, Timestamp, UserId};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::deliveries::NewDelivery;
use crate::notices::{Expiring, Notice, NoticeSettings, ReadPosition};

/// Notices, and who reads them. No change is logged: nothing that is remembered stands on a row.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// Up to where the audit log was read; `first` where it never was.
    async fn notice_cursor(&self, first: Timestamp) -> Result<Timestamp, StoreError>;
    /// Moves it on; never back.
    async fn advance_notice_cursor(&self, to: Timestamp) -> Result<(), StoreError>;
    /// Done rows of organisations' audit logs with one of these actions that no notice came of, oldest first, behind this
    /// (instant, id).
    async fn audit_without_notice(
        &self,
        actions: &[&str],
        after: &(Timestamp, String),
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;
    /// Credentials in use whose end is behind `after` and not behind `until`, which were made more than `days` before it,
    /// and whose notice `expiry/<id>/<days>/<end in milliseconds>` isn't there yet; soonest first.
    async fn expiring_without_notice(
        &self,
        days: i64,
        after: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Expiring>, StoreError>;
    /// Stores a notice with what is to be sent of it. `Ok(false)`, nothing written, where its source is told already. A mail
    /// to somebody for whom one waits that wasn't tried yet is put into that one.
    async fn insert_notice(&self, notice: &Notice, deliveries: &[NewDelivery]) -> Result<bool, StoreError>;
    /// An organisation's, newest first.
    async fn list_notices(&self, org: &OrgId, page: &Page) -> Result<Listed<Notice>, StoreError>;
    /// Up to where a person has read.
    async fn notices_read(&self, org: &OrgId, user: &UserId) -> Result<Option<ReadPosition>, StoreError>;
    /// How many notices a person hasn't read, at most `most`.
    async fn count_unread_notices(&self, org: &OrgId, user: &UserId, most: u32) -> Result<u32, StoreError>;
    /// Notes that a person has read up to this notice; never back. [`StoreError::NotFound`] where it isn't the
    /// organisation's.
    async fn mark_notices_read(&self, org: &OrgId, user: &UserId, until: &NoticeId) -> Result<(), StoreError>;
    /// What the organisation chose; the default where it chose nothing.
    async fn notice_settings(&self, org: &OrgId) -> Result<NoticeSettings, StoreError>;
    /// Chooses.
    async fn set_notice_settings(
        &self,
        org: &OrgId,
        settings: &NoticeSettings,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Whether a person wants mails.
    async fn wants_mail(&self, org: &OrgId, user: &UserId) -> Result<bool, StoreError>;
    /// Says so.
    async fn set_wants_mail(
        &self,
        org: &OrgId,
        user: &UserId,
        wants: bool,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Owners and admins with a verified address who want mails.
    async fn mail_readers(&self, org: &OrgId) -> Result<Vec<UserId>, StoreError>;
    /// The address of one of them.
    async fn mail_address(&self, org: &OrgId, user: &UserId) -> Result<Option<String>, StoreError>;
    /// Deletes notices that were made before this instant.
    async fn delete_notices_before(&self, at: Timestamp) -> Result<u64, StoreError>;
}
