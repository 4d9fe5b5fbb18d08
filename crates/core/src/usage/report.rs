//! Reporting usage.

use latchkey_types::{ApiId, AppId, KeyId, ServiceAccountId, Timestamp};

use super::reap::{HOURS_KEPT_SECONDS, MINUTES_KEPT_SECONDS};
use super::{Bucket, GroupBy, Side, UsagePoint, UsageQuery};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation::Checks;

/// The most points in time of one series.
pub const MAX_BUCKETS: i64 = 2_000;
/// The most points of one series: that many buckets of fifty things that are told apart.
pub const MAX_POINTS: u32 = 100_000;

/// What to report, as asked: the use case fills in the organisation and checks ranges.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    /// From here.
    pub from: Timestamp,
    /// To here, exclusive.
    pub to: Timestamp,
    /// How long one point is.
    pub bucket: Bucket,
    /// What to tell apart.
    pub group_by: GroupBy,
    /// From whose side.
    pub side: Side,
    /// Only this credential.
    pub credential: Option<String>,
    /// Only this API.
    pub api: Option<ApiId>,
}

/// The points that aren't 0. At most 2 000 buckets between `from` and `to`, only as far back as they are kept, and at
/// most 100 000 points, else [`Error::Invalid`]. Needs [`crate::Action::ReadUsage`].
pub async fn report(core: &Core, caller: &Caller, org: &str, request: ReportRequest) -> Result<Vec<UsagePoint>, Error> {
    let org = core.enter(caller, org, Action::ReadUsage).await?.org;
    check(&request, core.clock.now())?;
    let ReportRequest { from, to, bucket, group_by, side, credential, api } = request;
    let from = from.floor_to(bucket.seconds());
    let limit = MAX_POINTS + 1;
    let query = UsageQuery { org: org.id, side, from, to, bucket, group_by, credential, api, limit };
    let points = core.store.usage_series(&query).await?;
    if points.len() >= limit as usize {
        let detail = "too many points: tell less apart, take a longer bucket or a shorter time";
        return Err(Error::invalid("group_by", detail));
    }
    Ok(points)
}

fn check(request: &ReportRequest, now: Timestamp) -> Result<(), Error> {
    let mut checks = Checks::default();
    let (from, to, seconds) = (request.from, request.to, request.bucket.seconds());
    if from < Timestamp::from_millis(0) || to > Timestamp::MAX {
        checks.note("from", "give times from 1970 to 9999");
    } else if from >= to {
        checks.note("to", "give a time after `from`");
    } else if to.as_millis() - from.floor_to(seconds).as_millis() > MAX_BUCKETS * seconds * 1_000 {
        checks.note("bucket", format!("at most {MAX_BUCKETS} buckets: take a longer bucket or a shorter time"));
    }
    // One bucket of grace: the clock moves on while a caller computes `from`.
    if let Some(kept) = kept_seconds(request.bucket)
        && from < now.plus_seconds(-kept - seconds)
    {
        checks.note("from", format!("{}; take a longer bucket", kept_for(request.bucket)));
    }
    if let Some(id) = &request.credential
        && id.parse::<KeyId>().is_err()
        && id.parse::<AppId>().is_err()
        && id.parse::<ServiceAccountId>().is_err()
    {
        checks.note("credential", "the id of a key, an app or a service account, as in key_…, app_… or sa_…");
    }
    checks.finish()
}

fn kept_seconds(bucket: Bucket) -> Option<i64> {
    match bucket {
        Bucket::Minute => Some(MINUTES_KEPT_SECONDS),
        Bucket::Hour => Some(HOURS_KEPT_SECONDS),
        Bucket::Day => None,
    }
}

fn kept_for(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Minute => "minutes are kept for 48 hours",
        Bucket::Hour => "hours are kept for 90 days",
        Bucket::Day => "days are kept for ever",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn fields(from: Timestamp, to: Timestamp, bucket: Bucket, credential: Option<&str>) -> Vec<String> {
        let request = ReportRequest {
            from,
            to,
            bucket,
            group_by: GroupBy::default(),
            side: Side::Both,
            credential: credential.map(str::to_owned),
            api: None,
        };
        match check(&request, NOW) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            Err(error) => panic!("{error}"),
        }
    }

    fn ago(seconds: i64) -> Timestamp {
        NOW.plus_seconds(-seconds)
    }

    #[test]
    fn ranges() {
        assert!(fields(ago(3_600), NOW, Bucket::Minute, None).is_empty());
        assert!(fields(ago(MINUTES_KEPT_SECONDS), ago(MINUTES_KEPT_SECONDS - 3_600), Bucket::Minute, None).is_empty());
        assert_eq!(fields(ago(MINUTES_KEPT_SECONDS + 120), ago(MINUTES_KEPT_SECONDS), Bucket::Minute, None), ["from"]);
        assert!(fields(ago(80 * 86_400), NOW, Bucket::Hour, None).is_empty());
        assert_eq!(fields(ago(91 * 86_400), ago(90 * 86_400), Bucket::Hour, None), ["from"]);
        assert!(fields(ago(1_999 * 86_400), NOW, Bucket::Day, None).is_empty());
        assert_eq!(fields(NOW, NOW, Bucket::Day, None), ["to"]);
        assert_eq!(fields(NOW, ago(1), Bucket::Day, None), ["to"]);
    }

    #[test]
    fn at_most_2000_buckets() {
        let start = NOW.floor_to(60).plus_seconds(-2_000 * 60);
        assert!(fields(start, start.plus_seconds(2_000 * 60), Bucket::Minute, None).is_empty());
        assert_eq!(fields(start, start.plus_seconds(2_000 * 60).plus_millis(1), Bucket::Minute, None), ["bucket"]);
    }

    #[test]
    fn extreme_instants_are_refused_without_overflow() {
        let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        for bucket in [Bucket::Minute, Bucket::Hour, Bucket::Day] {
            assert!(!fields(first, last, bucket, None).is_empty());
            assert!(!fields(last, first, bucket, None).is_empty());
            assert!(!fields(last, last, bucket, None).is_empty());
        }
    }

    #[test]
    fn a_credential_is_named_by_its_id() {
        for id in ["key_7Gk2mPq9XzRtA1b2", "app_7Gk2mPq9XzRtA1b2", "sa_7Gk2mPq9XzRtA1b2"] {
            assert!(fields(ago(60), NOW, Bucket::Minute, Some(id)).is_empty(), "{id}");
        }
        assert_eq!(fields(ago(60), NOW, Bucket::Minute, Some("'; --")), ["credential"]);
    }
}
