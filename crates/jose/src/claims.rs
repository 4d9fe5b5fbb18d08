//! Checks of registered claims (RFC 7519 section 4.1), each by itself: callers answer differently for each.

use latchkey_types::Timestamp;

/// How far `nbf` and `iat` may lie ahead of our clock, in seconds. `exp` has no leeway.
pub const LEEWAY_SECONDS: i64 = 30;

/// Which claim doesn't hold here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// `iss` is not the expected one.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// `aud` is not the expected one.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `nbf` or `iat` lies in the future.
    #[error("the token does not hold yet")]
    NotYetValid,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
}

/// Whether `iss` is the expected issuer, byte for byte (RFC 8725 section 3.8).
///
/// # Errors
/// [`ClaimError::WrongIssuer`].
pub fn check_issuer(iss: &str, expected: &str) -> Result<(), ClaimError> {
    if iss == expected { Ok(()) } else { Err(ClaimError::WrongIssuer) }
}

/// Whether `aud` is the expected audience, byte for byte (RFC 8725 section 3.9).
///
/// # Errors
/// [`ClaimError::WrongAudience`].
pub fn check_audience(aud: &str, expected: &str) -> Result<(), ClaimError> {
    if aud == expected { Ok(()) } else { Err(ClaimError::WrongAudience) }
}

/// Whether the token holds at `now`: from `nbf` and `iat` on, with [`LEEWAY_SECONDS`], and before `exp`, with none.
///
/// # Errors
/// [`ClaimError::NotYetValid`] before [`ClaimError::Expired`].
pub fn check_times(now: Timestamp, nbf: Option<Timestamp>, iat: Timestamp, exp: Timestamp) -> Result<(), ClaimError> {
    let latest_start = now.plus_seconds(LEEWAY_SECONDS);
    if iat > latest_start || nbf.is_some_and(|nbf| nbf > latest_start) {
        return Err(ClaimError::NotYetValid);
    }
    if now >= exp {
        return Err(ClaimError::Expired);
    }
    Ok(())
}

/// `NumericDate`s (RFC 7519 section 2) as whole seconds from 1970 to 9999, for `#[serde(with = "numeric_date")]`.
pub mod numeric_date {
    use latchkey_types::Timestamp;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    /// Writes whole seconds, rounded down.
    ///
    /// # Errors
    /// What the serializer says.
    pub fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(instant.as_seconds())
    }

    /// Reads whole seconds; fractions, texts and instants before 1970 or after 9999 are refused.
    ///
    /// # Errors
    /// What the deserializer says.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        if (0..=Timestamp::MAX.as_seconds()).contains(&seconds) {
            Ok(Timestamp::from_seconds(seconds))
        } else {
            Err(D::Error::custom("not a NumericDate between 1970 and 9999"))
        }
    }
}

/// `NumericDate`s of other parties, which may have fractions (RFC 7519 section 2); they are rounded down. The member
/// may be absent.
pub(crate) mod foreign_date {
    use latchkey_types::Timestamp;
    use serde::de::{Deserialize, Deserializer, Error};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let seconds = f64::deserialize(deserializer)?.floor();
        let end = Timestamp::MAX.as_seconds();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "below 2^38, and checked")]
        if (0.0..=end as f64).contains(&seconds) {
            Ok(Some(Timestamp::from_seconds(seconds as i64)))
        } else {
            Err(D::Error::custom("not a NumericDate between 1970 and 9999"))
        }
    }
}

/// The longest `jti` of another party that is remembered, in characters.
pub const MAX_JTI_LENGTH: usize = 255;

/// A text of another party that is looked up or kept: neither empty nor too long, and no control characters, which not
/// every database can hold.
pub(crate) fn is_storable(text: &str) -> bool {
    (1..=MAX_JTI_LENGTH).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    // F-09
    #[test]
    fn leeway_holds_for_the_start_and_not_for_the_end() {
        let check = |now, nbf, iat| check_times(at(now), nbf, iat, at(2000));
        assert_eq!(check(1000, Some(at(1000)), at(1000)), Ok(()));
        assert_eq!(check(970, Some(at(1000)), at(1000)), Ok(()));
        assert_eq!(check(969, Some(at(1000)), at(0)), Err(ClaimError::NotYetValid));
        assert_eq!(check(969, Some(at(0)), at(1000)), Err(ClaimError::NotYetValid));
        assert_eq!(check(969, None, at(1000)), Err(ClaimError::NotYetValid));
        assert_eq!(check(1999, None, at(0)), Ok(()));
        assert_eq!(check(2000, None, at(0)), Err(ClaimError::Expired));
        assert_eq!(check_times(at(2000).plus_millis(-1), None, at(0), at(2000)), Ok(()));
    }

    #[test]
    fn a_clock_at_the_end_of_time_does_not_overflow() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(check_times(end, Some(end), end, end), Err(ClaimError::Expired));
        let start = Timestamp::from_millis(i64::MIN);
        assert_eq!(check_times(start, None, at(0), end), Err(ClaimError::NotYetValid));
    }

    #[test]
    fn issuer_and_audience_compare_byte_for_byte() {
        assert_eq!(check_issuer("https://a.example", "https://a.example"), Ok(()));
        for other in ["https://a.example/", "HTTPS://a.example", "https://a.example:443", ""] {
            assert_eq!(check_issuer(other, "https://a.example"), Err(ClaimError::WrongIssuer));
            assert_eq!(check_audience(other, "https://a.example"), Err(ClaimError::WrongAudience));
        }
    }
}
