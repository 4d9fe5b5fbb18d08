use futures::future::join_all;
use latchkey_core::ports::QuotaUse;
use latchkey_types::AppId;

use crate::fixture::{Fixture, app};

async fn stored(fixture: &Fixture) -> AppId {
    let (acme, orders) = fixture.acme().await;
    fixture.insert_app(&app("app", &acme, &[(&orders, "read")])).await
}

pub async fn a_quota_counts_a_day(fixture: &Fixture) {
    let (store, app) = (&fixture.store, stored(fixture).await);
    let before = store.revision().await.unwrap();
    for issued in 1..=2 {
        assert_eq!(store.use_quota(&app, 7, 2).await.unwrap(), Some(QuotaUse { issued, warned: 0 }));
    }
    assert_eq!(store.use_quota(&app, 7, 2).await.unwrap(), None);
    // raised, and lowered below what was issued
    assert_eq!(store.use_quota(&app, 7, 3).await.unwrap(), Some(QuotaUse { issued: 3, warned: 0 }));
    assert_eq!(store.use_quota(&app, 7, 1).await.unwrap(), None);
    assert_eq!(store.use_quota(&app, 8, 1).await.unwrap(), Some(QuotaUse { issued: 1, warned: 0 }));
    let issued = async |day| store.issued_on(day, &[app.clone(), crate::fixture::id("other")]).await.unwrap();
    assert_eq!((issued(7).await.get(&app), issued(8).await.get(&app), issued(9).await.len()), (Some(&3), Some(&1), 0));
    assert_eq!(store.issued_on(7, &[]).await.unwrap().len(), 0);
    assert_eq!(store.delete_issued_before(8).await.unwrap(), 1);
    assert_eq!((issued(7).await.len(), issued(8).await.len()), (0, 1));
    assert_eq!(store.revision().await.unwrap(), before, "nothing that is remembered stands on it");
}

// F-15: 500 at once
pub async fn a_quota_is_never_overspent(fixture: &Fixture) {
    let app = stored(fixture).await;
    let uses = (0..500).map(|_| {
        let (store, app) = (fixture.store.clone(), app.clone());
        tokio::spawn(async move { store.use_quota(&app, 7, 100).await.unwrap() })
    });
    let mut got: Vec<i64> =
        join_all(uses).await.into_iter().filter_map(|used| used.unwrap().map(|used| used.issued)).collect();
    got.sort_unstable();
    assert_eq!(got, (1..=100).collect::<Vec<_>>());
    assert_eq!(fixture.store.issued_on(7, std::slice::from_ref(&app)).await.unwrap()[&app], 100);
}

pub async fn each_warning_is_noted_once(fixture: &Fixture) {
    let app = stored(fixture).await;
    fixture.store.use_quota(&app, 7, 10).await.unwrap();
    let warnings = (0..20).map(|_| {
        let (store, app, audit) = (fixture.store.clone(), app.clone(), fixture.audit("quota"));
        tokio::spawn(async move { store.note_quota_warning(&app, 7, 60, &audit).await.unwrap() })
    });
    let noted = join_all(warnings).await.into_iter().filter(|noted| *noted.as_ref().unwrap()).count();
    assert_eq!((noted, fixture.audited("quota").await), (1, 1));
    let note = async |day, percent| {
        fixture.store.note_quota_warning(&app, day, percent, &fixture.audit("quota")).await.unwrap()
    };
    assert!(note(7, 80).await);
    assert!(!note(7, 60).await);
    assert!(!note(8, 60).await, "no token that day");
    assert_eq!(fixture.store.use_quota(&app, 7, 10).await.unwrap().unwrap().warned, 80);
    assert_eq!(fixture.audited("quota").await, 2);
}
