//! How long keys live (contract section 10, "Tokens").

use latchkey_types::{CredentialKind, Timestamp};

use super::Key;
use crate::validation::{Checked, expiry, wrong};

const FIELD: &str = "expires_at";
const SECONDS_A_DAY: i64 = 86_400;
const DEFAULT_JWT_DAYS: u32 = 90;
const MAX_JWT_DAYS: u32 = 365;

/// The end of a new key: as given, else 90 days of a JWT key, and of an API key what the organisation allows.
pub(super) fn of_new(
    kind: CredentialKind,
    given: Option<Timestamp>,
    now: Timestamp,
    org_limit_days: Option<u32>,
) -> Checked<Option<Timestamp>> {
    if kind == CredentialKind::JwtKey {
        let limit = jwt_limit_days(org_limit_days);
        // `exp` counts whole seconds (RFC 7519 section 2): the row says what the JWT says
        let end = given.unwrap_or_else(|| after_days(now, DEFAULT_JWT_DAYS.min(limit))).floor_to(1);
        return expiry(FIELD, Some(end), now, Some(limit));
    }
    let given = given.or_else(|| org_limit_days.map(|days| after_days(now, days)));
    expiry(FIELD, given, now, org_limit_days)
}

/// The end of a JWT key's next JWT: it lives as long as the one before it was made to, as far as the limit allows today.
pub(super) fn of_next_jwt(key: &Key, now: Timestamp, org_limit_days: Option<u32>) -> Timestamp {
    let before = key.generations.first().zip(key.expires_at);
    let life =
        before.map(|(generation, end)| end.as_millis() - generation.created_at.as_millis()).filter(|life| *life > 0);
    let end = life.map_or_else(|| after_days(now, DEFAULT_JWT_DAYS), |life| now.plus_millis(life));
    end.min(after_days(now, jwt_limit_days(org_limit_days))).floor_to(1)
}

/// The end of an API key with its next secret: as it is, or as far as the security tier lets a secret live that is made now.
pub(super) fn of_next_secret(key: &Key, now: Timestamp, tier_limit_days: Option<u32>) -> Option<Timestamp> {
    match (key.expires_at, tier_limit_days.map(|days| after_days(now, days))) {
        (Some(end), Some(latest)) => Some(end.min(latest)),
        (end, latest) => end.or(latest),
    }
}

/// Another end for a key. The organisation's limit counts from when the secret was made, so that a key lives longer by
/// rotation only; and a JWT says its own end, beyond which nothing can move it.
pub(super) fn of_changed(
    key: &Key,
    given: Option<Timestamp>,
    now: Timestamp,
    org_limit_days: Option<u32>,
) -> Checked<Option<Timestamp>> {
    if key.kind == CredentialKind::JwtKey {
        return match (given, key.expires_at) {
            (Some(end), Some(own_end)) if end <= own_end => expiry(FIELD, Some(end), now, None),
            _ => wrong(FIELD, "a JWT says its own end: give an earlier one, or rotate the key for a later one"),
        };
    }
    let end = expiry(FIELD, given, now, None)?;
    let Some(days) = org_limit_days else { return Ok(end) };
    let made_at = key.generations.first().map_or(key.created_at, |generation| generation.created_at);
    let latest = after_days(made_at, days);
    if end.is_some_and(|end| end <= latest) {
        return Ok(end);
    }
    wrong(
        FIELD,
        format!(
            "keys of this organisation live at most {days} days from when their secret was made, this one until {latest}; rotate it to go on"
        ),
    )
}

fn jwt_limit_days(org_limit_days: Option<u32>) -> u32 {
    org_limit_days.unwrap_or(MAX_JWT_DAYS).min(MAX_JWT_DAYS)
}

fn after_days(from: Timestamp, days: u32) -> Timestamp {
    from.plus_seconds(i64::from(days) * SECONDS_A_DAY)
}
