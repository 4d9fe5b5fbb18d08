//! The change log: what lets a cache be trusted.

use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;

/// One row of `changes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Commit order: taken from the one counter row as the last statement of the transaction.
    pub revision: i64,
    /// The id of what changed: `key_…`, `app_…`, `org_…`, `api_…`, `vk_…`, `mk_…`, `usr_…`, a signing key's
    /// `kid`, or `<api id>/<org id>` for what an API's owner says of a consumer.
    pub subject: String,
}

impl Change {
    /// Whether a signing key changed: a `kid` is an RFC 7638 thumbprint of 43 characters, longer than any id of ours.
    pub fn is_of_signing_key(&self) -> bool {
        self.subject.len() == 43
    }
}

/// Runs after a commit, before the writer gets its answer. Must not block.
pub type ChangeListener = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// What changed, in commit order.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// The newest revision; 0 in a new database.
    async fn revision(&self) -> Result<i64, StoreError>;

    /// At most `limit` changes after `revision`, in order.
    async fn changes_after(&self, revision: i64, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// Calls the listener for every change that this process commits from now on.
    fn listen(&self, listener: ChangeListener);

    /// Waits until the database says that something may have changed elsewhere, or for ever where it can't say
    /// (`SQLite`): callers poll besides.
    async fn notified(&self);

    /// Deletes changes older than this revision.
    async fn forget_changes_before(&self, revision: i64) -> Result<u64, StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
