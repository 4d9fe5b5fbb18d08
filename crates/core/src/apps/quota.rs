//! How many tokens an app may get a day.

use latchkey_types::{AppId, OrgId, Timestamp};

use super::App;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::{Checked, wrong};

/// The largest quota.
pub const MAX_TOKENS_PER_DAY: i64 = 10_000_000;
/// Shares of a quota that are warned of, in percent.
pub const QUOTA_WARNINGS: [i64; 3] = [60, 80, 100];
const SECONDS_A_DAY: i64 = 86_400;

/// A quota, and how much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenQuota {
    /// How many tokens the app may get a day (UTC).
    pub per_day: i64,
    /// How many it got today.
    pub used_today: i64,
}

impl TokenQuota {
    /// How much is used, in percent, rounded down; over 100 where the quota was lowered during the day.
    pub const fn percent(self) -> i64 {
        self.used_today.saturating_mul(100) / self.per_day
    }

    /// The highest of [`QUOTA_WARNINGS`] that is reached.
    pub fn warning(self) -> Option<i64> {
        QUOTA_WARNINGS.into_iter().rev().find(|level| *level <= self.percent())
    }
}

/// A quota as typed.
pub(super) fn check(typed: i64) -> Checked<i64> {
    if (1..=MAX_TOKENS_PER_DAY).contains(&typed) {
        Ok(typed)
    } else {
        wrong("tokens_per_day", format!("1 to {MAX_TOKENS_PER_DAY}, or null for no quota"))
    }
}

/// The quota of each of these apps, in their order; `None` for an app without one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn token_quotas(core: &Core, apps: &[App]) -> Result<Vec<Option<TokenQuota>>, Error> {
    let limited: Vec<AppId> =
        apps.iter().filter(|app| app.tokens_per_day.is_some()).map(|app| app.id.clone()).collect();
    if limited.is_empty() {
        return Ok(vec![None; apps.len()]);
    }
    let issued = core.store.issued_on(day_of(core.clock.now()), &limited).await?;
    let quota = |app: &App| {
        let used_today = issued.get(&app.id).copied().unwrap_or(0);
        app.tokens_per_day.map(|per_day| TokenQuota { per_day, used_today })
    };
    Ok(apps.iter().map(quota).collect())
}

/// Counts a token that is about to be issued. `Err` with the seconds until the next day where the quota is used up.
pub(crate) async fn take_from_quota(
    core: &Core,
    app: &AppId,
    holder: &OrgId,
    per_day: i64,
) -> Result<Result<(), u32>, Error> {
    let now = core.clock.now();
    let day = day_of(now);
    let Some(used) = core.store.use_quota(app, day, per_day).await? else {
        let seconds = SECONDS_A_DAY - now.as_seconds().rem_euclid(SECONDS_A_DAY);
        return Ok(Err(u32::try_from(seconds).unwrap_or(1)));
    };
    let quota = TokenQuota { per_day, used_today: used.issued };
    for level in QUOTA_WARNINGS.into_iter().filter(|level| (used.warned + 1..=quota.percent()).contains(level)) {
        if let Err(error) = warn(core, app, holder, day, quota, level).await {
            // the next token tries again
            tracing::warn!(%app, %error, "a warning of a quota could not be noted");
        }
    }
    Ok(Ok(()))
}

async fn warn(core: &Core, app: &AppId, holder: &OrgId, day: i64, quota: TokenQuota, level: i64) -> Result<(), Error> {
    let system = Caller { actor: Actor::System, ip: None };
    let audit = core
        .audit_entry(&system, Some(holder), "app.quota_warning", ("app", app.as_str()))
        .with("percent", level)
        .with("per_day", quota.per_day)
        .with("used_today", quota.used_today);
    core.store.note_quota_warning(app, day, level, &audit).await?;
    Ok(())
}

/// Days since 1970-01-01 (UTC).
pub const fn day_of(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(SECONDS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_begin_at_their_share() {
        for (used_today, percent, warning) in [
            (0, 0, None),
            (59, 59, None),
            (60, 60, Some(60)),
            (79, 79, Some(60)),
            (80, 80, Some(80)),
            (99, 99, Some(80)),
        ] {
            let quota = TokenQuota { per_day: 100, used_today };
            assert_eq!((quota.percent(), quota.warning()), (percent, warning));
        }
        let lowered = TokenQuota { per_day: 3, used_today: 7 };
        assert_eq!((lowered.percent(), lowered.warning()), (233, Some(100)));
        assert_eq!(TokenQuota { per_day: 3, used_today: 2 }.warning(), Some(60));
    }

    #[test]
    fn a_quota_has_bounds() {
        for good in [1, MAX_TOKENS_PER_DAY] {
            assert_eq!(check(good), Ok(good));
        }
        for bad in [0, -1, MAX_TOKENS_PER_DAY + 1, i64::MIN] {
            assert_eq!(check(bad).unwrap_err()[0].field, "tokens_per_day", "{bad}");
        }
    }

    #[test]
    fn days_end_at_midnight_utc() {
        assert_eq!(day_of(Timestamp::from_seconds(0)), 0);
        assert_eq!(day_of(Timestamp::from_seconds(86_399)), 0);
        assert_eq!(day_of(Timestamp::from_seconds(86_400)), 1);
        assert_eq!(day_of(Timestamp::from_seconds(-1)), -1);
    }
}
