//! An instant, in milliseconds since 1970, written as RFC 3339.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The text is not an RFC 3339 date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time, as in 2027-01-31T09:00:00Z")]
pub struct TimestampError;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant that RFC 3339 can write: 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799_000);

    /// The instant this many milliseconds after 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant this many seconds after 1970, as JWTs count (RFC 7519 section 2, `NumericDate`).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This many milliseconds later (or earlier, below zero).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This many seconds later (or earlier, below zero).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// The start of the stretch of `seconds` that holds this instant (UTC).
    #[must_use]
    pub const fn floor_to(self, seconds: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(seconds * 1000))
    }

    /// The start of the month that holds this instant (UTC).
    #[must_use]
    pub fn floor_to_month(self) -> Self {
        let first = self.date_time().date().replace_day(1).map(|date| date.midnight().assume_utc().unix_timestamp());
        first.map_or(self, Self::from_seconds)
    }

    /// The start of the month after the one that holds this instant (UTC).
    #[must_use]
    pub fn next_month(self) -> Self {
        // from the first of a month 31 days lead into the next one, and never past it
        self.floor_to_month().plus_seconds(31 * 86_400).floor_to_month()
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(
            i128::from(self.0.clamp(-62_135_596_800_000, Self::MAX.0)) * 1_000_000,
        )
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.date_time().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError)?;
        let millis = instant.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).map(Self).map_err(|_| TimestampError)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_both_ways() {
        let instant: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(instant.as_seconds(), 1_798_761_600);
        assert_eq!(instant.to_string(), "2027-01-01T00:00:00Z");
        assert_eq!("2027-01-01T02:00:00+02:00".parse(), Ok(instant));
        assert_eq!("2027-01-01".parse::<Timestamp>(), Err(TimestampError));
        assert_eq!("soon".parse::<Timestamp>(), Err(TimestampError));
    }

    #[test]
    fn stretches_start_at_utc_boundaries() {
        let instant: Timestamp = "2027-01-01T13:45:59.999Z".parse().unwrap();
        assert_eq!(instant.floor_to(60).to_string(), "2027-01-01T13:45:00Z");
        assert_eq!(instant.floor_to(86_400).to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_millis(-1).floor_to(60), Timestamp::from_millis(-60_000));
    }

    #[test]
    fn months_start_at_utc_midnight() {
        for (instant, start, next) in [
            ("2027-01-31T23:59:59.999Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            ("2027-12-01T00:00:00Z", "2027-12-01T00:00:00Z", "2028-01-01T00:00:00Z"),
        ] {
            let instant: Timestamp = instant.parse().unwrap();
            assert_eq!(
                (instant.floor_to_month().to_string(), instant.next_month().to_string()),
                (start.into(), next.into())
            );
        }
    }
}
