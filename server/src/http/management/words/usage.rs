//! Words of usage.

use latchkey_core::usage as core_usage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long one point of a series is (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// 60 seconds; kept 48 hours.
    Minute,
    /// Kept 90 days.
    #[default]
    Hour,
    /// Kept for ever.
    Day,
}

impl From<Bucket> for core_usage::Bucket {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::Minute => Self::Minute,
            Bucket::Hour => Self::Hour,
            Bucket::Day => Self::Day,
        }
    }
}
