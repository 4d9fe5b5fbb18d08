//! The operations of APIs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use latchkey_types::{ApiId, OrgId, Timestamp};

use super::{AuditEntry, StoreError};
use crate::apis::operations::{LiveCredential, OperationTable, UnknownCall, UnknownOperation};

/// What `OpenAPI` documents say of APIs, and what was called that they don't say.
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// The operations in force; `None` where no document was uploaded.
    async fn find_operation_table(&self, api: &ApiId) -> Result<Option<OperationTable>, StoreError>;
    /// Those of these APIs that have operations in force.
    async fn with_operation_table(&self, apis: &[ApiId]) -> Result<BTreeSet<ApiId>, StoreError>;
    /// Puts operations in force: adds the scopes that the API lacks ([`crate::apis::operations::with_new_scopes`]), gives
    /// every key, app and service account with granted operations the scopes that these take now, and forgets the draft
    /// and the unknown calls. Logs a change of the API. [`StoreError::NotFound`] where it isn't the organisation's.
    async fn set_operation_table(
        &self,
        org: &OrgId,
        api: &ApiId,
        table: &OperationTable,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Keeps operations to be looked at, in place of those that were kept before. [`StoreError::NotFound`] as above.
    async fn put_operation_draft(
        &self,
        org: &OrgId,
        api: &ApiId,
        table: &OperationTable,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// The operations that are kept to be looked at.
    async fn find_operation_draft(&self, api: &ApiId) -> Result<Option<OperationTable>, StoreError>;
    /// Forgets them; again changes nothing and writes no audit row.
    async fn delete_operation_draft(&self, org: &OrgId, api: &ApiId, audit: &AuditEntry) -> Result<(), StoreError>;
    /// All keys, apps and service accounts with listed grants for the API that are neither revoked nor expired, by id.
    async fn live_credentials(&self, api: &ApiId, now: Timestamp) -> Result<Vec<LiveCredential>, StoreError>;
    /// Adds to the counts of unknown calls. Of an API that has
    /// [`crate::apis::operations::MAX_UNKNOWN_OPERATIONS`] rows already, new ones count as [`crate::apis::operations::OTHERS`].
    /// Calls of APIs that are gone are dropped.
    async fn add_unknown_operations(&self, counts: &[(UnknownCall, i64)], now: Timestamp) -> Result<(), StoreError>;
    /// An API's unknown calls, the most frequent first.
    async fn list_unknown_operations(&self, api: &ApiId) -> Result<Vec<UnknownOperation>, StoreError>;
}
