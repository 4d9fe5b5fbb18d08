//! Usage counters.

use async_trait::async_trait;
use ipnet::IpNet;
use latchkey_types::{ApiId, OrgId, Outcome, Timestamp};

use super::StoreError;
use crate::usage::{UsagePoint, UsageQuery};

/// A count to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The minute's start.
    pub minute: Timestamp,
    /// `key_…` or `app_…`; `None`: no known credential.
    pub credential: Option<String>,
    /// The credential's generation; 0 where it has none.
    pub generation: u32,
    /// Whose credential.
    pub holder: Option<OrgId>,
    /// For which API.
    pub api: ApiId,
    /// Whose API.
    pub api_owner: OrgId,
    /// What it ended in.
    pub outcome: Outcome,
    /// How often.
    pub count: i64,
}

/// When something was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// `key_…`, `app_…`, `sec_…` or `vk_…`.
    pub id: String,
    /// Of a key: which generation.
    pub generation: u32,
    /// When.
    pub at: Timestamp,
}

/// The most networks that are kept of one credential.
pub const MAX_NETWORKS: u32 = 16;

/// A network that a credential was used from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNetwork {
    /// `key_…`, `app_…` or `sa_…`.
    pub credential: String,
    /// Of a usual site's size: /24, or /48 of IPv6.
    pub network: IpNet,
    /// When.
    pub at: Timestamp,
}

/// What a process counted since its last flush.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageBatch {
    /// Who counted: random, new at each start of a process.
    pub source: String,
    /// 1, 2, 3, … within the source.
    pub sequence: i64,
    /// The counts.
    pub rows: Vec<UsageRow>,
    /// Later than what is stored, or left.
    pub last_uses: Vec<LastUse>,
    /// Seen for the first time, or again; at most [`MAX_NETWORKS`] of a credential are kept.
    pub networks: Vec<SeenNetwork>,
}

/// Usage counters per minute, hour and day.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds a batch to the three tables in one transaction. `Ok(false)`, nothing written, where this source has
    /// stored this sequence or a later one already.
    async fn add_usage(&self, batch: &UsageBatch) -> Result<bool, StoreError>;
    /// The first points of a series that aren't 0, in time's order.
    async fn usage_series(&self, query: &UsageQuery) -> Result<Vec<UsagePoint>, StoreError>;
    /// Deletes minutes and hours before these instants, marks of sources silent since `minutes_before`, and networks not
    /// seen since `hours_before`.
    async fn delete_usage_before(&self, minutes_before: Timestamp, hours_before: Timestamp) -> Result<u64, StoreError>;
}
