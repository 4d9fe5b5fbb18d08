use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a rate limit is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitMode {
    /// On each replica, which tell each other several times a second: costs nothing, and may let some more through where
    /// there are several replicas (docs/limits.md says how many).
    #[default]
    Local,
    /// In the database, by one atomic statement a call: never lets more through.
    Exact,
}

impl LimitMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Local, Self::Exact];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Exact => "exact",
        }
    }
}

/// What becomes of a call while the database that counts can't be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// It isn't answered: 503.
    #[default]
    Refuse,
    /// It is let through, uncounted.
    Allow,
}

impl OnUnknown {
    /// Every answer.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Allow];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }
}

/// How much may be used in a stretch of time: a bucket of `limit` that refills evenly over `window_seconds` (generic cell
/// rate algorithm with a burst of `limit`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// What its owner calls it; unique among those of one key, app, consumer or plan.
    pub name: String,
    /// How much fits, 1 to [`super::MAX_LIMIT`].
    pub limit: i64,
    /// In which it is there again, 1 to [`super::MAX_WINDOW_SECONDS`].
    pub window_seconds: i64,
    /// Where it is counted.
    #[serde(default)]
    pub mode: LimitMode,
    /// What becomes of a call that can't be counted; of a `local` limit nothing can be unknown.
    #[serde(default)]
    pub on_unknown: OnUnknown,
}

/// When credits come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefillEvery {
    /// At midnight (UTC).
    Day,
    /// At midnight (UTC) of the first of a month.
    Month,
}

impl RefillEvery {
    /// Every rhythm.
    pub const ALL: [Self; 2] = [Self::Day, Self::Month];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// When the period that holds this instant began.
    pub fn period_start(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Day => at.floor_to(super::SECONDS_A_DAY),
            Self::Month => at.floor_to_month(),
        }
    }

    /// When the next period begins.
    pub fn next_period(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Day => at.floor_to(super::SECONDS_A_DAY).plus_seconds(super::SECONDS_A_DAY),
            Self::Month => at.next_month(),
        }
    }
}

/// To what credits are filled up again, and when. What is above stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// At least so many are there at the start of each period.
    pub amount: i64,
    /// How long a period is.
    pub every: RefillEvery,
}

/// What was decided about credits; what is left of them stands apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditRule {
    /// How many were given when it was decided.
    pub granted: i64,
    /// When and how they come back; `None`: never.
    pub refill: Option<Refill>,
    /// What becomes of a call while what is left can't be known.
    #[serde(default)]
    pub on_unknown: OnUnknown,
}

/// What is left of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditsLeft {
    /// How many are left.
    pub remaining: i64,
    /// How many there were after the last grant or refill.
    pub granted: i64,
    /// When that was.
    pub refilled_at: Timestamp,
}

impl CreditRule {
    /// What a new row holds at this instant.
    pub fn first(&self, now: Timestamp) -> CreditsLeft {
        CreditsLeft { remaining: self.granted, granted: self.granted, refilled_at: now }
    }

    /// What is left at this instant of what the row said: with the refill that is due.
    pub fn at(&self, now: Timestamp, row: CreditsLeft) -> CreditsLeft {
        match self.refill {
            Some(refill) if row.refilled_at < refill.every.period_start(now) => {
                let remaining = row.remaining.max(refill.amount);
                CreditsLeft { remaining, granted: remaining, refilled_at: refill.every.period_start(now) }
            }
            _ => row,
        }
    }
}

/// Credits to give anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreditChange {
    /// What was decided.
    pub rule: CreditRule,
    /// How many are left from now on; `None`: as many as there are.
    pub remaining: Option<i64>,
}

/// Limits that an API's owner offers to the organisations that use it. Each organisation's use is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What its owner calls it; [`super::DEFAULT_PLAN`] holds for every organisation without a plan.
    pub name: String,
    /// How much of the API each organisation may use.
    pub rate_limits: Vec<RateLimit>,
    /// How many credits each organisation has.
    pub credits: Option<CreditRule>,
}

/// Where a rate limit stands after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// What its owner calls it.
    pub name: std::sync::Arc<str>,
    /// How much fits into its window.
    pub limit: i64,
    /// How much is left now.
    pub remaining: i64,
    /// When all of it is there again, in seconds, rounded up.
    pub reset_seconds: i64,
    /// The window, in seconds.
    pub window_seconds: i64,
    /// When a call of this cost fits again, in seconds, rounded up; 0 where it fits now.
    pub retry_after_seconds: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn credits_are_filled_up_once_a_period_and_never_taken_away() {
        let refill =
            |every| CreditRule { granted: 10, refill: Some(Refill { amount: 10, every }), ..CreditRule::default() };
        let spent = CreditsLeft { remaining: 3, granted: 10, refilled_at: at("2027-01-31T08:00:00Z") };
        for (rule, now, remaining) in [
            (refill(RefillEvery::Day), "2027-01-31T23:59:59Z", 3),
            (refill(RefillEvery::Day), "2027-02-01T00:00:00Z", 10),
            (refill(RefillEvery::Month), "2027-01-31T23:59:59Z", 3),
            (refill(RefillEvery::Month), "2027-02-01T00:00:00Z", 10),
            (CreditRule { granted: 10, ..CreditRule::default() }, "2037-01-01T00:00:00Z", 3),
        ] {
            let left = rule.at(at(now), spent);
            assert_eq!(left.remaining, remaining, "{rule:?} {now}");
            assert_eq!(rule.at(at(now), left), left, "once");
        }
        let bought = CreditsLeft { remaining: 500, ..spent };
        assert_eq!(refill(RefillEvery::Day).at(at("2027-02-01T00:00:00Z"), bought).remaining, 500);
    }
}
