//! Until when a credential holds.

use latchkey_types::Timestamp;

use super::{Checked, wrong};

const SECONDS_A_DAY: i64 = 86_400;

/// An end in the future, no later than the organisation's limit (`OrgSettings::max_key_lifetime_days`). Where there
/// is a limit, there must be an end.
pub fn expiry(
    field: &str,
    given: Option<Timestamp>,
    now: Timestamp,
    limit_days: Option<u32>,
) -> Checked<Option<Timestamp>> {
    let Some(end) = given else {
        return match limit_days {
            Some(days) => wrong(field, format!("give an end: keys of this organisation live at most {days} days")),
            None => Ok(None),
        };
    };
    if end <= now {
        return wrong(field, "give a time in the future");
    }
    if let Some(days) = limit_days
        && end > now.plus_seconds(i64::from(days) * SECONDS_A_DAY)
    {
        return wrong(field, format!("keys of this organisation live at most {days} days"));
    }
    if end > Timestamp::MAX {
        return wrong(field, "give a time before the year 10000");
    }
    Ok(Some(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn in_the_future_and_within_the_limit() {
        let day = NOW.plus_seconds(SECONDS_A_DAY);
        assert_eq!(expiry("expires_at", None, NOW, None).unwrap(), None);
        assert_eq!(expiry("expires_at", Some(day), NOW, None).unwrap(), Some(day));
        assert_eq!(expiry("expires_at", Some(day), NOW, Some(1)).unwrap(), Some(day));
        assert!(expiry("expires_at", Some(day.plus_millis(1)), NOW, Some(1)).is_err());
        assert!(expiry("expires_at", None, NOW, Some(1)).is_err());
        assert!(expiry("expires_at", Some(NOW), NOW, None).is_err());
        assert!(expiry("expires_at", Some(NOW.plus_millis(-1)), NOW, None).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(end: i64, now: i64, days: Option<u32>) {
            let _ = expiry("expires_at", Some(Timestamp::from_millis(end)), Timestamp::from_millis(now), days);
        }
    }
}
