//! What is known of live credentials, for hygiene and security tiers.

use async_trait::async_trait;

use super::{Listed, Page, StoreError};
use crate::hygiene::{CredentialFacts, FactsQuery};

/// Live credentials of every kind with what is known of them.
#[async_trait]
pub trait CredentialFactsStore: Send + Sync {
    /// Keys that are neither revoked nor expired, and apps and service accounts that are neither revoked nor deleted,
    /// newest first.
    async fn credential_facts(&self, query: &FactsQuery, page: &Page) -> Result<Listed<CredentialFacts>, StoreError>;
}
