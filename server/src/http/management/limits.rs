//! Rate limits, credits and plans as the management API shows and takes them.

use latchkey_core::limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a rate limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitMode {
    /// On each replica, reconciled several times a second.
    Local,
    /// In the database, by one atomic statement a call.
    Exact,
}

impl From<LimitMode> for limits::LimitMode {
    fn from(mode: LimitMode) -> Self {
        match mode {
            LimitMode::Local => Self::Local,
            LimitMode::Exact => Self::Exact,
        }
    }
}

impl From<limits::LimitMode> for LimitMode {
    fn from(mode: limits::LimitMode) -> Self {
        match mode {
            limits::LimitMode::Local => Self::Local,
            limits::LimitMode::Exact => Self::Exact,
        }
    }
}

/// What becomes of a call while the database that counts can't be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// Verify answers 503.
    Refuse,
    /// It is let through, uncounted.
    Allow,
}

impl From<OnUnknown> for limits::OnUnknown {
    fn from(answer: OnUnknown) -> Self {
        match answer {
            OnUnknown::Refuse => Self::Refuse,
            OnUnknown::Allow => Self::Allow,
        }
    }
}

impl From<limits::OnUnknown> for OnUnknown {
    fn from(answer: limits::OnUnknown) -> Self {
        match answer {
            limits::OnUnknown::Refuse => Self::Refuse,
            limits::OnUnknown::Allow => Self::Allow,
        }
    }
}

/// How often credits come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RefillEvery {
    /// At midnight (UTC).
    Day,
    /// At midnight (UTC) of the first of a month.
    Month,
}

impl From<RefillEvery> for limits::RefillEvery {
    fn from(every: RefillEvery) -> Self {
        match every {
            RefillEvery::Day => Self::Day,
            RefillEvery::Month => Self::Month,
        }
    }
}

impl From<limits::RefillEvery> for RefillEvery {
    fn from(every: limits::RefillEvery) -> Self {
        match every {
            limits::RefillEvery::Day => Self::Day,
            limits::RefillEvery::Month => Self::Month,
        }
    }
}

/// How much may be used: a bucket of `limit` that refills evenly over `window_seconds`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateLimit {
    /// What its owner calls it.
    pub name: String,
    /// How much fits.
    pub limit: i64,
    /// In which it is there again.
    pub window_seconds: i64,
    /// Where it is counted.
    pub mode: LimitMode,
    /// What becomes of a call that can't be counted.
    pub on_unknown: OnUnknown,
}

impl From<limits::RateLimit> for RateLimit {
    fn from(limit: limits::RateLimit) -> Self {
        Self {
            name: limit.name,
            limit: limit.limit,
            window_seconds: limit.window_seconds,
            mode: limit.mode.into(),
            on_unknown: limit.on_unknown.into(),
        }
    }
}

/// Several, as they are shown.
pub fn show(limits: Vec<limits::RateLimit>) -> Vec<RateLimit> {
    limits.into_iter().map(RateLimit::from).collect()
}

/// A rate limit to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRateLimit {
    /// What it is called; different for each of a list.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// How much fits: at most a million for each second of the window.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub limit: i64,
    /// In which it is there again.
    #[schema(minimum = 1, maximum = 31_622_400)]
    pub window_seconds: i64,
    /// `local` unless said.
    pub mode: Option<LimitMode>,
    /// `refuse` unless said.
    pub on_unknown: Option<OnUnknown>,
}

impl From<NewRateLimit> for limits::NewRateLimit {
    fn from(new: NewRateLimit) -> Self {
        Self {
            name: new.name,
            limit: new.limit,
            window_seconds: new.window_seconds,
            mode: new.mode.map(Into::into),
            on_unknown: new.on_unknown.map(Into::into),
        }
    }
}

/// Several, as they are typed.
pub fn take(typed: Vec<NewRateLimit>) -> Vec<limits::NewRateLimit> {
    typed.into_iter().map(limits::NewRateLimit::from).collect()
}

/// When credits come back, and to how many: what is left is filled up, and never cut.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refill {
    /// To how many.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount: i64,
    /// How often.
    pub every: RefillEvery,
}

/// Credits: each call takes its cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct Credits {
    /// How many are left now; of a plan, how many each organisation begins with.
    pub remaining: i64,
    /// When they come back; null: never.
    pub refill: Option<Refill>,
    /// What becomes of a call while what is left can't be known.
    pub on_unknown: OnUnknown,
}

impl Credits {
    /// With so many left.
    pub fn with(rule: limits::CreditRule, remaining: i64) -> Self {
        let refill = |refill: limits::Refill| Refill { amount: refill.amount, every: refill.every.into() };
        Self { remaining, refill: rule.refill.map(refill), on_unknown: rule.on_unknown.into() }
    }
}

/// Credits to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredits {
    /// How many there are from now on; left out: as many as are left, or as a refill gives where there were none.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub remaining: Option<i64>,
    /// When they come back; left out or null: never.
    pub refill: Option<Refill>,
    /// `refuse` unless said.
    pub on_unknown: Option<OnUnknown>,
}

impl From<NewCredits> for limits::NewCredits {
    fn from(new: NewCredits) -> Self {
        let refill = |refill: Refill| limits::NewRefill { amount: refill.amount, every: refill.every.into() };
        Self { remaining: new.remaining, refill: new.refill.map(refill), on_unknown: new.on_unknown.map(Into::into) }
    }
}

/// Limits that organisations may be put on. Each organisation's use is counted apart, over all its credentials.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plan {
    /// What it is called; the one called `default` holds for every organisation that has no other.
    pub name: String,
    /// How much of the API each organisation may use.
    pub rate_limits: Vec<RateLimit>,
    /// How many credits each organisation has; null: not counted.
    pub credits: Option<Credits>,
}

impl From<limits::Plan> for Plan {
    fn from(plan: limits::Plan) -> Self {
        Self {
            name: plan.name,
            rate_limits: show(plan.rate_limits),
            credits: plan.credits.map(|rule| Credits::with(rule, rule.granted)),
        }
    }
}

/// A plan to offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// What it is called; different for each of the API's plans.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// How much of the API each organisation may use.
    #[serde(default)]
    pub rate_limits: Vec<NewRateLimit>,
    /// How many credits each organisation has; left out: not counted.
    pub credits: Option<NewCredits>,
}

impl From<NewPlan> for limits::NewPlan {
    fn from(new: NewPlan) -> Self {
        Self { name: new.name, rate_limits: take(new.rate_limits), credits: new.credits.map(Into::into) }
    }
}
