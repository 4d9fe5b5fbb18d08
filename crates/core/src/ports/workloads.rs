//! Which tokens of outside issuers stand for whom.

use async_trait::async_trait;
use latchkey_types::{OrgId, WorkloadRuleId};

use super::{AuditEntry, StoreError};
use crate::workloads::WorkloadRule;

/// Workload rules. They are read anew for each token, so that a change holds at once.
#[async_trait]
pub trait WorkloadRuleStore: Send + Sync {
    /// Stores a rule where the organisation has fewer than [`crate::workloads::MAX_WORKLOAD_RULES`], else `Ok(false)`.
    async fn insert_workload_rule(&self, rule: &WorkloadRule, audit: &AuditEntry) -> Result<bool, StoreError>;
    /// An organisation's rules, newest first.
    async fn list_workload_rules(&self, org: &OrgId) -> Result<Vec<WorkloadRule>, StoreError>;
    /// The rules for an issuer, of every organisation, oldest first; those that name this principal where one is given.
    async fn workload_rules_for(&self, issuer: &str, principal: Option<&str>) -> Result<Vec<WorkloadRule>, StoreError>;
    /// Deletes a rule. [`StoreError::NotFound`] where it isn't the organisation's.
    async fn delete_workload_rule(
        &self,
        org: &OrgId,
        id: &WorkloadRuleId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
