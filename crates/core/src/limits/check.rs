//! What limits, credits and plans may be.

use std::collections::BTreeSet;

use super::{CreditChange, CreditRule, LimitMode, OnUnknown, Plan, RateLimit, Refill, RefillEvery};
use crate::validation::{self, Checked, Checks, wrong};

/// The most rate limits of one key, app, consumer or plan.
pub const MAX_RATE_LIMITS: usize = 10;
/// The most plans of an API.
pub const MAX_PLANS: usize = 20;
/// The largest limit.
pub const MAX_LIMIT: i64 = 1_000_000_000;
/// The most a second that a limit may come to.
pub const MAX_PER_SECOND: i64 = 1_000_000;
/// The longest window: 366 days.
pub const MAX_WINDOW_SECONDS: i64 = 31_622_400;
/// The most credits.
pub const MAX_CREDITS: i64 = 1_000_000_000_000;
/// The plan of every organisation that has no other.
pub const DEFAULT_PLAN: &str = "default";

/// A rate limit as typed.
#[derive(Clone, Debug)]
pub struct NewRateLimit {
    /// What it is called.
    pub name: String,
    /// How much fits.
    pub limit: i64,
    /// In which time.
    pub window_seconds: i64,
    /// Where it is counted; locally where `None`.
    pub mode: Option<LimitMode>,
    /// What becomes of a call that can't be counted; it is refused where `None`.
    pub on_unknown: Option<OnUnknown>,
}

/// Credits as typed.
#[derive(Clone, Copy, Debug)]
pub struct NewCredits {
    /// How many are left from now on. `None`: as many as there are, or, where there are none yet, as a refill gives.
    pub remaining: Option<i64>,
    /// When they come back.
    pub refill: Option<NewRefill>,
    /// What becomes of a call while what is left can't be known; it is refused where `None`.
    pub on_unknown: Option<OnUnknown>,
}

/// A refill as typed.
#[derive(Clone, Copy, Debug)]
pub struct NewRefill {
    /// To how many.
    pub amount: i64,
    /// How often.
    pub every: RefillEvery,
}

/// A plan as typed.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// What it is called.
    pub name: String,
    /// How much of the API an organisation may use.
    pub rate_limits: Vec<NewRateLimit>,
    /// How many credits an organisation has.
    pub credits: Option<NewCredits>,
}

/// Rate limits with names of their own; each bad member is named by its place: `rate_limits/2/limit`.
pub(crate) fn rate_limits(field: &str, typed: &[NewRateLimit]) -> Checked<Vec<RateLimit>> {
    if typed.len() > MAX_RATE_LIMITS {
        return wrong(field, format!("at most {MAX_RATE_LIMITS} rate limits"));
    }
    let mut checks = Checks::default();
    let mut names = BTreeSet::new();
    let mut limits = Vec::with_capacity(typed.len());
    for (position, new) in typed.iter().enumerate() {
        let place = format!("{field}/{position}");
        let name = checks.take(validation::name(&format!("{place}/name"), &new.name));
        if !name.is_empty() && !names.insert(name.clone()) {
            checks.note(format!("{place}/name"), "another limit of this list has this name");
        }
        let bounds = 1..=MAX_LIMIT;
        if !bounds.contains(&new.limit) {
            checks.note(format!("{place}/limit"), format!("1 to {MAX_LIMIT}"));
        } else if new.limit > new.window_seconds.clamp(1, MAX_WINDOW_SECONDS) * MAX_PER_SECOND {
            checks.note(format!("{place}/limit"), format!("at most {MAX_PER_SECOND} for each second of the window"));
        }
        if !(1..=MAX_WINDOW_SECONDS).contains(&new.window_seconds) {
            checks.note(format!("{place}/window_seconds"), format!("1 to {MAX_WINDOW_SECONDS} seconds"));
        }
        limits.push(RateLimit {
            name,
            limit: new.limit,
            window_seconds: new.window_seconds,
            mode: new.mode.unwrap_or_default(),
            on_unknown: new.on_unknown.unwrap_or_default(),
        });
    }
    checks.checked()?;
    Ok(limits)
}

/// Credits in the place of `before`.
pub(crate) fn credits(field: &str, typed: &NewCredits, before: Option<&CreditRule>) -> Checked<CreditChange> {
    let mut checks = Checks::default();
    if typed.remaining.is_some_and(|remaining| !(0..=MAX_CREDITS).contains(&remaining)) {
        checks.note(format!("{field}/remaining"), format!("0 to {MAX_CREDITS}"));
    }
    if typed.refill.is_some_and(|refill| !(1..=MAX_CREDITS).contains(&refill.amount)) {
        checks.note(format!("{field}/refill/amount"), format!("1 to {MAX_CREDITS}"));
    }
    let refill = typed.refill.map(|refill| Refill { amount: refill.amount, every: refill.every });
    let granted = typed.remaining.or(before.map(|rule| rule.granted)).or(refill.map(|refill| refill.amount));
    if granted.is_none() {
        checks.note(format!("{field}/remaining"), "say how many there are, or how they come back");
    }
    checks.checked()?;
    let rule =
        CreditRule { granted: granted.unwrap_or_default(), refill, on_unknown: typed.on_unknown.unwrap_or_default() };
    // a row that isn't there yet begins with what was granted
    let remaining = if before.is_none() { granted } else { typed.remaining };
    Ok(CreditChange { rule, remaining })
}

/// Whether these credits, or none, are anything new: given anew, or by another rule.
pub(crate) fn changes_credits(change: Option<&CreditChange>, before: Option<&CreditRule>) -> bool {
    match change {
        None => before.is_some(),
        Some(change) => change.remaining.is_some() || Some(&change.rule) != before,
    }
}

/// Plans with names of their own.
pub(crate) fn plans(field: &str, typed: &[NewPlan]) -> Checked<Vec<Plan>> {
    if typed.len() > MAX_PLANS {
        return wrong(field, format!("at most {MAX_PLANS} plans"));
    }
    let mut checks = Checks::default();
    let mut names = BTreeSet::new();
    let mut plans = Vec::with_capacity(typed.len());
    for (position, new) in typed.iter().enumerate() {
        let place = format!("{field}/{position}");
        let name = checks.take(validation::name(&format!("{place}/name"), &new.name));
        if !name.is_empty() && !names.insert(name.clone()) {
            checks.note(format!("{place}/name"), "another plan of this API has this name");
        }
        let rate_limits = checks.take(rate_limits(&format!("{place}/rate_limits"), &new.rate_limits));
        let credits = new.credits.as_ref().and_then(|new| {
            let checked = credits(&format!("{place}/credits"), new, None);
            checks.take(checked.map(|change| Some(change.rule)))
        });
        plans.push(Plan { name, rate_limits, credits });
    }
    checks.checked()?;
    Ok(plans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(name: &str, limit: i64, window_seconds: i64) -> NewRateLimit {
        NewRateLimit { name: name.to_owned(), limit, window_seconds, mode: None, on_unknown: None }
    }

    fn fields<T: std::fmt::Debug>(checked: Checked<T>) -> Vec<String> {
        checked.unwrap_err().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn limits_have_bounds() {
        for good in [(1, 1), (MAX_LIMIT, 1_000), (MAX_PER_SECOND, 1), (1, MAX_WINDOW_SECONDS)] {
            assert!(rate_limits("rate_limits", &[limit("a", good.0, good.1)]).is_ok(), "{good:?}");
        }
        for bad in [0, -1, MAX_LIMIT + 1, i64::MAX, i64::MIN, MAX_PER_SECOND + 1] {
            assert_eq!(fields(rate_limits("rate_limits", &[limit("a", bad, 1)])), ["rate_limits/0/limit"], "{bad}");
        }
        for bad in [0, -1, MAX_WINDOW_SECONDS + 1, i64::MAX, i64::MIN] {
            let refused = fields(rate_limits("rate_limits", &[limit("a", 1, bad)]));
            assert_eq!(refused, ["rate_limits/0/window_seconds"], "{bad}");
        }
        let named = [limit("a", 1, 1), limit("", 1, 1), limit(" a", 1, 1)];
        assert_eq!(fields(rate_limits("rate_limits", &named)), ["rate_limits/1/name", "rate_limits/2/name"]);
        let many: Vec<_> = (0..=MAX_RATE_LIMITS).map(|number| limit(&number.to_string(), 1, 1)).collect();
        assert!(rate_limits("rate_limits", &many[1..]).is_ok());
        assert_eq!(fields(rate_limits("rate_limits", &many)), ["rate_limits"]);
    }

    #[test]
    fn credits_have_bounds_and_a_beginning() {
        let typed = |remaining, amount: Option<i64>| NewCredits {
            remaining,
            refill: amount.map(|amount| NewRefill { amount, every: RefillEvery::Day }),
            on_unknown: None,
        };
        let set = credits("credits", &typed(Some(0), None), None).unwrap();
        assert_eq!((set.rule.granted, set.remaining), (0, Some(0)));
        let refilled = credits("credits", &typed(None, Some(7)), None).unwrap();
        assert_eq!((refilled.rule.granted, refilled.remaining), (7, Some(7)));
        let before = CreditRule { granted: 9, ..CreditRule::default() };
        let kept = credits("credits", &typed(None, Some(7)), Some(&before)).unwrap();
        assert_eq!((kept.rule.granted, kept.remaining), (9, None), "what is left stays");
        for bad in [-1, MAX_CREDITS + 1, i64::MAX, i64::MIN] {
            assert_eq!(fields(credits("credits", &typed(Some(bad), None), None)), ["credits/remaining"]);
        }
        for bad in [0, -1, MAX_CREDITS + 1, i64::MAX] {
            assert_eq!(fields(credits("credits", &typed(None, Some(bad)), None)), ["credits/refill/amount"]);
        }
        assert_eq!(fields(credits("credits", &typed(None, None), None)), ["credits/remaining"]);
    }

    #[test]
    fn plans_name_their_bad_members() {
        let plan = |name: &str, most| NewPlan {
            name: name.to_owned(),
            rate_limits: vec![limit("a", most, 60)],
            credits: Some(NewCredits { remaining: Some(most), refill: None, on_unknown: None }),
        };
        assert_eq!(plans("plans", &[plan("free", 10), plan("default", 1)]).unwrap().len(), 2);
        let refused = fields(plans("plans", &[plan("free", -1), plan("free", 1)]));
        assert_eq!(refused, ["plans/0/rate_limits/0/limit", "plans/0/credits/remaining", "plans/1/name"]);
    }
}
