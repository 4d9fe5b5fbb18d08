use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::future::join_all;
use latchkey_core::keys::KeyFilter;
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, CredentialKind, CredentialStatus, Environment, OrgId};

use crate::fixture::{Fixture, NOW, after, id, key, page, secret};

/// Every key that a filter lets through, by pages of seven.
async fn all(fixture: &Fixture, org: &OrgId, filter: &KeyFilter) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let listed = fixture.store.list_keys(org, filter, &after(7, cursor)).await.unwrap();
        names.extend(listed.items.into_iter().map(|key| key.id.random_part().trim_start_matches('0').to_owned()));
        cursor = listed.next_cursor;
        if cursor.is_none() {
            return names;
        }
    }
}

async fn fill(fixture: &Fixture, org: &OrgId, api: &ApiId, count: i64) {
    for chunk in (0..count).collect::<Vec<_>>().chunks(50) {
        join_all(chunk.iter().map(|number| {
            let mut one = key(&format!("k{number}"), org, api);
            // Several in the same millisecond.
            one.created_at = NOW.plus_millis(number / 3);
            let audit = fixture.audit("key.create");
            async move { fixture.store.insert_key(&one, &secret("s"), &audit).await.unwrap() }
        }))
        .await;
    }
}

pub async fn pages_hold_every_key_once(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    fill(fixture, &acme, &orders, 50).await;
    let names = all(fixture, &acme, &KeyFilter::default()).await;
    assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (50, 50));
    assert_eq!(names.first().map(String::as_str), Some("k49"));
    let listed = fixture.store.list_keys(&acme, &KeyFilter::default(), &page(3)).await.unwrap();
    for one in listed.items {
        assert_eq!(fixture.store.find_key(&acme, &one.id).await.unwrap(), Some(one));
    }
    assert_eq!(all(fixture, &id("other"), &KeyFilter::default()).await, [""; 0]);
}

pub async fn filters_narrow(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let other = fixture.api("other", &acme).await;
    let mut keys = ["a", "b", "c", "d"].map(|name| key(name, &acme, &orders));
    (keys[0].name, keys[0].owner) = ("Checkout_100%".to_owned(), None);
    (keys[1].api, keys[1].environment) = (other.clone(), Environment::Test);
    (keys[2].disabled_at, keys[2].expires_at) = (Some(NOW), Some(NOW.plus_seconds(10)));
    (keys[3].revoked_at, keys[3].expires_at) = (Some(NOW), Some(NOW));
    for (number, one) in keys.iter_mut().enumerate() {
        one.created_at = NOW.plus_seconds(i64::try_from(number).unwrap());
        fixture.insert_key(one).await;
    }
    let mut signed = key("e", &acme, &orders);
    (signed.kind, signed.owner, signed.created_at) =
        (CredentialKind::JwtKey, Some("Ärzte".to_owned()), NOW.plus_seconds(9));
    fixture.insert_key(&signed).await;
    let by = async |filter: KeyFilter| all(fixture, &acme, &filter).await;
    let search = |text: &str| KeyFilter { search: Some(text.to_owned()), ..KeyFilter::default() };
    assert_eq!(by(search("CHECKout")).await, ["a"]);
    assert_eq!(by(search("checkout_1")).await, ["a"]);
    assert_eq!(by(search("%")).await, [""; 0]);
    assert_eq!(by(search("_")).await, [""; 0]);
    assert_eq!(by(search("customer_")).await, ["d", "c", "b"]);
    assert_eq!(by(search("äRZ")).await, ["e"]);
    assert_eq!(by(search("key_000000000000000b")).await, ["b"]);
    assert_eq!(by(search("")).await, ["e", "d", "c", "b", "a"]);
    assert_eq!(by(KeyFilter { api: Some(other), ..KeyFilter::default() }).await, ["b"]);
    assert_eq!(by(KeyFilter { environment: Some(Environment::Test), ..KeyFilter::default() }).await, ["b"]);
    assert_eq!(by(KeyFilter { kind: Some(CredentialKind::JwtKey), ..KeyFilter::default() }).await, ["e"]);
    for seconds in [0, 9, 10] {
        let now = NOW.plus_seconds(seconds);
        for status in
            [CredentialStatus::Active, CredentialStatus::Disabled, CredentialStatus::Revoked, CredentialStatus::Expired]
        {
            let found = by(KeyFilter { status: Some((status, now)), ..KeyFilter::default() }).await;
            let wanted = keys.iter().chain([&signed]).filter(|key| key.status(now) == status).count();
            assert_eq!(found.len(), wanted, "{status} at {seconds}");
        }
    }
}

pub async fn many_keys_list_fast(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    fill(fixture, &acme, &orders, 400).await;
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(fixture.store.list_keys(&acme, &KeyFilter::default(), &page(50)).await.unwrap().items.len(), 50);
    }
    // Far above what an indexed page takes, far below what a query for each key would.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

pub async fn a_bad_cursor_is_named(fixture: &Fixture) {
    for cursor in ["x", "", "a\0b", "bm8"] {
        let refused =
            fixture.store.list_keys(&id("acme"), &KeyFilter::default(), &after(5, Some(cursor.to_owned()))).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{cursor:?} {refused:?}");
    }
}
