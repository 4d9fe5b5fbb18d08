//! How many tokens apps with a quota got.

use std::collections::HashMap;

use async_trait::async_trait;
use latchkey_types::AppId;

use super::{AuditEntry, StoreError};

/// One use of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaUse {
    /// How many tokens the app got that day, this one included.
    pub issued: i64,
    /// The highest share of the quota that was warned of that day, in percent; 0: none.
    pub warned: i64,
}

/// Tokens per app and day. A day is the number of days since 1970-01-01 (UTC).
#[async_trait]
pub trait QuotaStore: Send + Sync {
    /// Counts one token of an app where fewer than `per_day` were issued that day, by one statement: of many at once, on
    /// any number of replicas, no more succeed than there are left. `Ok(None)` where there are none left.
    async fn use_quota(&self, app: &AppId, day: i64, per_day: i64) -> Result<Option<QuotaUse>, StoreError>;
    /// Notes that this share of the quota was warned of, with its audit row; `Ok(false)` where it was already, or a higher
    /// one: of many at once exactly one gets `Ok(true)`.
    async fn note_quota_warning(
        &self,
        app: &AppId,
        day: i64,
        percent: i64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// How many tokens these apps got that day; those that got none are absent.
    async fn issued_on(&self, day: i64, apps: &[AppId]) -> Result<HashMap<AppId, i64>, StoreError>;
    /// Forgets the days before this one. Answers how many rows.
    async fn delete_issued_before(&self, day: i64) -> Result<u64, StoreError>;
}
