//! The audit log.

use async_trait::async_trait;

use super::{Listed, Page, StoreError};
use crate::audit::{AuditEntry, AuditFilter};

/// Rows of the audit log that stand alone, and reading.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds a row that goes with no other write: a refused call, a sign-out.
    async fn insert_audit(&self, entry: &AuditEntry) -> Result<(), StoreError>;
    /// Rows, newest first.
    async fn list_audit(&self, filter: &AuditFilter, page: &Page) -> Result<Listed<AuditEntry>, StoreError>;
}
