//! `Idempotency-Key`: the same call again gets the same answer.

use async_trait::async_trait;
use latchkey_types::Timestamp;

use super::StoreError;

/// The answer of a call that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdempotencyRecord {
    /// It is at work, or was lost on the way: what it made, if anything, isn't known here.
    InProgress,
    /// It answered this.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The JSON body.
        body: String,
    },
    /// Its answer held a secret, which isn't kept: only the id of what was made.
    MadeSecret {
        /// The id.
        id: String,
    },
}

/// What [`IdempotencyStore::start_idempotent`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdempotencyStart {
    /// The first call with this key.
    First,
    /// The same call was made before.
    Again(IdempotencyRecord),
    /// Another call was made with this key.
    OtherRequest,
}

/// What was answered to which `Idempotency-Key`. `caller` is the id of a management key or service account.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Takes the key for this request, by one insert; rows older than `now` - 24 h don't count.
    async fn start_idempotent(
        &self,
        caller: &str,
        key: &str,
        request_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<IdempotencyStart, StoreError>;
    /// Notes the answer.
    async fn finish_idempotent(&self, caller: &str, key: &str, record: &IdempotencyRecord) -> Result<(), StoreError>;
    /// Gives the key back: nothing was done.
    async fn abandon_idempotent(&self, caller: &str, key: &str) -> Result<(), StoreError>;
    /// Deletes rows made before this instant. Answers how many.
    async fn delete_idempotent_before(&self, before: Timestamp) -> Result<u64, StoreError>;
}
