//! How far back a chart looks.

use latchkey_core::usage::Bucket;
use latchkey_types::Timestamp;

/// How far back to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartRange {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// 7 days, by hours.
    Week,
    /// 30 days.
    Month,
}

impl ChartRange {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in the URL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// In a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Hour => "last hour",
            Self::Day => "last 24 hours",
            Self::Week => "last 7 days",
            Self::Month => "last 30 days",
        }
    }

    /// By the word in the URL; anything else is the default.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.code() == code).unwrap_or_default()
    }

    /// How long one bar is.
    pub const fn bucket(self) -> Bucket {
        match self {
            Self::Hour => Bucket::Minute,
            Self::Day | Self::Week => Bucket::Hour,
            Self::Month => Bucket::Day,
        }
    }

    pub(super) const fn bars(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30,
        }
    }

    /// From (a bucket's start) and to (exclusive), so that the last bucket holds `now`.
    pub fn window(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let length = self.bucket().seconds();
        let to = now.floor_to(length).plus_seconds(length);
        let bars = i64::try_from(self.bars()).unwrap_or(i64::MAX);
        (to.plus_seconds(-bars * length), to)
    }
}
