use futures::future::join_all;
use latchkey_core::ports::{LastUse, UsageBatch, UsageRow};
use latchkey_core::usage::{Bucket, GroupBy, Side, UsagePoint, UsageQuery};
use latchkey_types::{Outcome, Timestamp};

use crate::fixture::{Fixture, NOW, id, key};

/// 2027-01-15T08:00:00Z: an hour's start.
const HOUR: Timestamp = NOW;

fn row(minute: i64, credential: Option<&str>, outcome: Outcome, count: i64) -> UsageRow {
    UsageRow {
        minute: HOUR.plus_seconds(minute * 60),
        credential: credential.map(str::to_owned),
        generation: u32::from(credential.is_some()),
        holder: credential.map(|_| id("holder")),
        api: id("api"),
        api_owner: id("owner"),
        outcome,
        count,
    }
}

fn batch(source: &str, sequence: i64, rows: Vec<UsageRow>) -> UsageBatch {
    UsageBatch { source: source.to_owned(), sequence, rows, last_uses: Vec::new(), networks: Vec::new() }
}

fn query(org: &str, bucket: Bucket) -> UsageQuery {
    UsageQuery {
        org: id(org),
        side: Side::Both,
        from: HOUR.plus_seconds(-86_400),
        to: HOUR.plus_seconds(2 * 86_400),
        bucket,
        group_by: GroupBy::default(),
        credential: None,
        api: None,
        limit: 100,
    }
}

async fn total(fixture: &Fixture, query: &UsageQuery) -> i64 {
    fixture.store.usage_series(query).await.unwrap().iter().map(|point| point.count).sum()
}

pub async fn a_batch_counts_once(fixture: &Fixture) {
    let rows = vec![row(0, Some("key_1"), Outcome::Valid, 3), row(0, Some("key_1"), Outcome::Valid, 4)];
    assert!(fixture.store.add_usage(&batch("s", 1, rows.clone())).await.unwrap());
    assert!(!fixture.store.add_usage(&batch("s", 1, rows.clone())).await.unwrap());
    assert!(fixture.store.add_usage(&batch("s", 3, rows.clone())).await.unwrap());
    assert!(!fixture.store.add_usage(&batch("s", 2, rows.clone())).await.unwrap());
    assert!(fixture.store.add_usage(&batch("t", 1, rows)).await.unwrap());
    for bucket in [Bucket::Minute, Bucket::Hour, Bucket::Day] {
        assert_eq!(total(fixture, &query("holder", bucket)).await, 21);
    }
}

pub async fn buckets_groups_and_sides(fixture: &Fixture) {
    let mut rows = vec![
        row(0, Some("key_1"), Outcome::Valid, 1),
        row(1, Some("key_1"), Outcome::Revoked, 2),
        row(59, Some("app_2"), Outcome::Valid, 4),
        row(60, None, Outcome::NotFound, 8),
    ];
    rows[2].generation = 0;
    rows[2].api = id("api2");
    assert!(fixture.store.add_usage(&batch("s", 1, rows)).await.unwrap());
    let counts = |points: Vec<UsagePoint>| points.iter().map(|point| (point.from, point.count)).collect::<Vec<_>>();
    let series = async |query: &UsageQuery| fixture.store.usage_series(query).await.unwrap();
    let hour = HOUR.plus_seconds(3_600);
    assert_eq!(counts(series(&query("owner", Bucket::Hour)).await), [(HOUR, 7), (hour, 8)]);
    assert_eq!(counts(series(&query("owner", Bucket::Day)).await), [(HOUR.floor_to(86_400), 15)]);
    assert_eq!(counts(series(&query("holder", Bucket::Hour)).await), [(HOUR, 7)]);
    assert_eq!(total(fixture, &UsageQuery { side: Side::ApiOwner, ..query("holder", Bucket::Minute) }).await, 0);
    assert_eq!(total(fixture, &UsageQuery { side: Side::Holder, ..query("owner", Bucket::Minute) }).await, 0);
    assert_eq!(total(fixture, &query("stranger", Bucket::Minute)).await, 0);
    let of_key = UsageQuery { credential: Some("key_1".to_owned()), ..query("owner", Bucket::Minute) };
    assert_eq!(counts(series(&of_key).await), [(HOUR, 1), (HOUR.plus_seconds(60), 2)]);
    assert_eq!(total(fixture, &UsageQuery { api: Some(id("api2")), ..query("owner", Bucket::Hour) }).await, 4);
    assert_eq!(counts(series(&UsageQuery { limit: 1, ..query("owner", Bucket::Hour) }).await), [(HOUR, 7)]);
    // The beginning is rounded down to a bucket, the end is exclusive.
    let within = UsageQuery { from: HOUR.plus_seconds(1_800), to: hour, ..query("owner", Bucket::Hour) };
    assert_eq!(counts(series(&within).await), [(HOUR, 7)]);
    let group_by = GroupBy { credential: true, generation: true, api: true, outcome: true };
    let all = series(&UsageQuery { group_by, ..query("owner", Bucket::Hour) }).await;
    assert_eq!(all.len(), 4);
    let unknown = UsagePoint {
        from: hour,
        credential: Some(None),
        generation: Some(0),
        api: Some(id("api")),
        outcome: Some(Outcome::NotFound),
        count: 8,
    };
    assert_eq!(all.last(), Some(&unknown));
    let by_credential = GroupBy { credential: true, ..GroupBy::default() };
    let days = series(&UsageQuery { group_by: by_credential, ..query("owner", Bucket::Day) }).await;
    let seen: Vec<_> =
        days.into_iter().map(|point| (point.credential.flatten(), point.generation, point.count)).collect();
    assert_eq!(seen, [(None, None, 8), (Some("app_2".into()), None, 4), (Some("key_1".into()), None, 3)]);
}

// F-35
pub async fn parallel_batches_lose_nothing(fixture: &Fixture) {
    let flushes = (0..24).map(|number| {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            let mut rows: Vec<_> = (0..40).map(|minute| row(minute, Some("key_1"), Outcome::Valid, 1)).collect();
            if number % 2 == 0 {
                rows.reverse();
            }
            let mut batch = batch(&format!("s{}", number % 6), number / 6 + 1, rows);
            batch.last_uses = vec![LastUse { id: "key_1".to_owned(), generation: 1, at: HOUR.plus_seconds(number) }];
            store.add_usage(&batch).await.unwrap()
        })
    });
    let stored = join_all(flushes).await.into_iter().filter(|stored| *stored.as_ref().unwrap()).count();
    let wanted = i64::try_from(stored).unwrap() * 40;
    for bucket in [Bucket::Minute, Bucket::Hour, Bucket::Day] {
        assert_eq!(total(fixture, &query("owner", bucket)).await, wanted);
    }
    assert!(stored >= 6);
}

pub async fn last_uses_move_forward(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let one = key("one", &acme, &orders);
    fixture.insert_key(&one).await;
    for (sequence, (seconds, seen)) in [(5, 5), (3, 5), (9, 9)].into_iter().enumerate() {
        let last = LastUse { id: one.id.to_string(), generation: 1, at: NOW.plus_seconds(seconds) };
        let earlier = LastUse { at: NOW, ..last.clone() };
        let mut batch = batch("s", i64::try_from(sequence).unwrap() + 1, Vec::new());
        batch.last_uses = vec![earlier.clone(), last, earlier];
        assert!(fixture.store.add_usage(&batch).await.unwrap());
        let found = fixture.store.find_key(&acme, &one.id).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(NOW.plus_seconds(seen)));
    }
}

pub async fn old_minutes_and_hours_go(fixture: &Fixture) {
    let rows = [row(0, None, Outcome::Valid, 1), row(120, None, Outcome::Valid, 1)];
    assert!(fixture.store.add_usage(&batch("s", 1, rows[..1].to_vec())).await.unwrap());
    assert!(fixture.store.add_usage(&batch("t", 1, rows[1..].to_vec())).await.unwrap());
    let gone = fixture.store.delete_usage_before(HOUR.plus_seconds(60), HOUR.plus_seconds(3_600)).await.unwrap();
    assert_eq!(gone, 3, "a minute, an hour and the mark of a source");
    assert_eq!(total(fixture, &query("owner", Bucket::Minute)).await, 1);
    assert_eq!(total(fixture, &query("owner", Bucket::Hour)).await, 1);
    assert_eq!(total(fixture, &query("owner", Bucket::Day)).await, 2);
}

pub async fn large_batches_fit(fixture: &Fixture) {
    let names: Vec<String> = (0..2_500).map(|number| format!("key_{number}")).collect();
    let rows = names.iter().map(|name| row(0, Some(name), Outcome::Valid, 1)).collect();
    let mut large = batch("s", 1, rows);
    large.last_uses = names.iter().map(|name| LastUse { id: name.clone(), generation: 1, at: NOW }).collect();
    assert!(fixture.store.add_usage(&large).await.unwrap());
    assert_eq!(total(fixture, &query("owner", Bucket::Day)).await, 2_500);
}
