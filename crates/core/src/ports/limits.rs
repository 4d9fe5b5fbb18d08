//! How far rate limits are used, and what is left of credits.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use latchkey_types::Timestamp;

use super::{AuditEntry, StoreError};
use crate::limits::{CreditRule, CreditsLeft, Nanos, Rate};

/// A rate limit that is counted in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactLimit {
    /// Its row.
    pub id: Arc<str>,
    /// How it runs.
    pub rate: Rate,
}

/// Credits that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditPool {
    /// Their row.
    pub subject: Arc<str>,
    /// What was decided about them; also what a row that isn't there begins with.
    pub rule: CreditRule,
}

/// Everything in the database that one call spends of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Its limits.
    pub limits: Vec<ExactLimit>,
    /// Its credits.
    pub pools: Vec<CreditPool>,
}

/// What is to be spent.
#[derive(Clone, Debug)]
pub struct Spend {
    /// Of what.
    pub counters: Arc<Counters>,
    /// How much of each; 0 reads.
    pub cost: u32,
    /// When.
    pub now: Timestamp,
}

/// What kept a call from being counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// A rate limit.
    Limit,
    /// Credits.
    Credits,
}

/// Where everything stands after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What had no room; nothing was spent of anything then.
    pub exhausted: Option<Exhausted>,
    /// The theoretical arrival time of each limit, in order.
    pub tats: Vec<Nanos>,
    /// What is left of each pool, in order.
    pub credits: Vec<CreditsLeft>,
}

/// What a replica counted by itself since it last said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalUse {
    /// The limit's row.
    pub id: Arc<str>,
    /// How it runs.
    pub rate: Rate,
    /// When it last said so.
    pub since: Nanos,
    /// How much, in nanoseconds of refilling.
    pub spent: Nanos,
    /// Where its own count stands.
    pub tat: Nanos,
}

/// Rate limits and credits. Nothing that is remembered stands on these rows: no change is logged.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Spends of all counters or of none: limits first, then credits; each by one conditional statement, so that of many at
    /// once, on any number of replicas, none lets through more than there is. A row that isn't there is full.
    async fn spend(&self, spend: Spend) -> Result<Standing, StoreError>;
    /// Adds what was counted elsewhere to the rows. Answers where they stand, in order.
    async fn add_local_uses(&self, uses: &[LocalUse], now: Nanos) -> Result<Vec<Nanos>, StoreError>;
    /// The theoretical arrival times of these limits; those that have no row are absent.
    async fn limit_tats(&self, ids: &[Arc<str>]) -> Result<HashMap<String, Nanos>, StoreError>;
    /// Those that replicas spoke of since this instant.
    async fn limits_since(&self, at: Nanos) -> Result<Vec<(String, Nanos)>, StoreError>;
    /// Forgets limits that were full at this instant. Answers how many rows.
    async fn delete_full_limits(&self, at: Nanos) -> Result<u64, StoreError>;
    /// What the rows of these pools say; those that have none are absent.
    async fn credits_left(&self, subjects: &[String]) -> Result<HashMap<String, CreditsLeft>, StoreError>;
    /// Notes that this share was warned of, with its audit row; `Ok(false)` where it was already that day, or a higher
    /// one: of many at once exactly one gets `Ok(true)`. A day is the number of days since 1970-01-01 (UTC).
    async fn note_limit_warning(
        &self,
        id: &str,
        day: i64,
        percent: i64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Forgets the warnings of the days before this one. Answers how many rows.
    async fn delete_limit_warnings_before(&self, day: i64) -> Result<u64, StoreError>;
}
