//! Reporting and forgetting usage.

use latchkey_core::apis::Visibility;
use latchkey_core::ports::{UsageBatch, UsageRow, UsageStore};
use latchkey_core::usage::{
    self, Bucket, GroupBy, HOURS_KEPT_SECONDS, MAX_POINTS, MINUTES_KEPT_SECONDS, ReportRequest, Side,
};
use latchkey_types::{Outcome, Timestamp};

use crate::stage::{Portal, START, bad_fields};

fn request(from: Timestamp, to: Timestamp, bucket: Bucket, side: Side) -> ReportRequest {
    ReportRequest { from, to, bucket, group_by: GroupBy::default(), side, credential: None, api: None }
}

#[tokio::test]
async fn each_side_sees_its_own_calls() {
    let portal = Portal::new().await;
    let (acme, owner) = portal.org("acme").await;
    let (shop, shopkeeper) = portal.org("shop").await;
    let (_, stranger) = portal.org("other").await;
    let api = portal.api("acme", &owner, "urn:a", Visibility::Public).await;
    let key = portal.key("shop", &shopkeeper, "urn:a").await.key.id;
    let row = |credential: Option<&str>, count| UsageRow {
        minute: START.floor_to(60),
        credential: credential.map(str::to_owned),
        generation: u32::from(credential.is_some()),
        holder: credential.map(|_| shop.clone()),
        api: api.id.clone(),
        api_owner: acme.clone(),
        outcome: if credential.is_some() { Outcome::Valid } else { Outcome::NotFound },
        count,
    };
    let rows = vec![row(Some(key.as_str()), 3), row(None, 2)];
    let batch =
        UsageBatch { source: "test".to_owned(), sequence: 1, rows, last_uses: Vec::new(), networks: Vec::new() };
    assert!(portal.store.add_usage(&batch).await.unwrap());

    let total = async |caller, slug: &str, side| {
        let request = request(START.plus_seconds(-30), START.plus_seconds(60), Bucket::Minute, side);
        usage::report(&portal.core, caller, slug, request).await.unwrap().iter().map(|point| point.count).sum::<i64>()
    };
    assert_eq!(total(&owner, "acme", Side::Both).await, 5);
    assert_eq!(total(&owner, "acme", Side::ApiOwner).await, 5);
    assert_eq!(total(&owner, "acme", Side::Holder).await, 0);
    assert_eq!(total(&shopkeeper, "shop", Side::Both).await, 3);
    assert_eq!(total(&shopkeeper, "shop", Side::Holder).await, 3);
    assert_eq!(total(&shopkeeper, "shop", Side::ApiOwner).await, 0);
    assert_eq!(total(&stranger, "other", Side::Both).await, 0);

    // `from` is rounded down to its bucket
    let day = request(START, START.plus_seconds(1), Bucket::Day, Side::Both);
    let points = usage::report(&portal.core, &owner, "acme", day).await.unwrap();
    assert_eq!(points.iter().map(|point| (point.from, point.count)).collect::<Vec<_>>(), [(START.floor_to(86_400), 5)]);

    portal.clock.advance(MINUTES_KEPT_SECONDS + 60);
    usage::reap(&portal.core).await.unwrap();
    let now = START.plus_seconds(MINUTES_KEPT_SECONDS + 60);
    let sum = async |bucket| {
        let query = request(START.floor_to(86_400), now, bucket, Side::Both);
        let points = usage::report(&portal.core, &owner, "acme", query).await;
        points.map(|points| points.iter().map(|point| point.count).sum::<i64>())
    };
    assert_eq!(bad_fields(sum(Bucket::Minute).await), ["bucket", "from"]);
    assert_eq!(sum(Bucket::Hour).await.unwrap(), 5);
    portal.clock.advance(HOURS_KEPT_SECONDS);
    usage::reap(&portal.core).await.unwrap();
    assert_eq!(sum(Bucket::Day).await.unwrap(), 5, "days are kept");
}

#[tokio::test]
async fn a_bad_range_is_named() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let report = async |request| usage::report(&portal.core, &owner, "acme", request).await;
    assert_eq!(bad_fields(report(request(START, START, Bucket::Minute, Side::Both)).await), ["to"]);
    let mut query = request(START.plus_seconds(-60), START, Bucket::Minute, Side::Both);
    query.credential = Some("key_x\0".to_owned());
    assert_eq!(bad_fields(report(query).await), ["credential"]);
}

// API4: an answer has an end, however many keys an organisation has
#[tokio::test]
async fn a_series_has_at_most_100_000_points() {
    let portal = Portal::new().await;
    let (acme, owner) = portal.org("acme").await;
    let api = portal.api("acme", &owner, "urn:a", Visibility::Public).await;
    let row = |number: u32| UsageRow {
        minute: START.floor_to(60).plus_seconds(60 * i64::from(number % 100)),
        credential: Some(format!("key_{number}")),
        generation: 1,
        holder: Some(acme.clone()),
        api: api.id.clone(),
        api_owner: acme.clone(),
        outcome: Outcome::Valid,
        count: 1,
    };
    let add = async |sequence, rows| {
        let batch =
            UsageBatch { source: "test".to_owned(), sequence, rows, last_uses: Vec::new(), networks: Vec::new() };
        assert!(portal.store.add_usage(&batch).await.unwrap());
    };
    add(1, (0..MAX_POINTS).map(row).collect()).await;
    let report = async || {
        let by_credential = GroupBy { credential: true, ..GroupBy::default() };
        let whole = request(START.floor_to(60), START.plus_seconds(86_400), Bucket::Minute, Side::Both);
        usage::report(&portal.core, &owner, "acme", ReportRequest { group_by: by_credential, ..whole }).await
    };
    assert_eq!(report().await.unwrap().len(), MAX_POINTS as usize);
    add(2, vec![row(MAX_POINTS)]).await;
    assert_eq!(bad_fields(report().await), ["group_by"]);
}
