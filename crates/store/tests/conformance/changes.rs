use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use futures::poll;
use latchkey_core::ports::{Change, ChangeLog};
use latchkey_store::PostgresStore;
use sqlx::{Connection, PgConnection};

use crate::database::on_postgres;
use crate::fixture::{Fixture, NOW, key, org, page};

pub async fn every_write_has_its_revision(fixture: &Fixture) {
    assert_eq!(fixture.store.revision().await.unwrap(), 0);
    let (acme, orders) = fixture.acme().await;
    let one = key("one", &acme, &orders);
    fixture.insert_key(&one).await;
    fixture.store.revoke_key(&acme, &one.id, NOW, None, &fixture.audit("key.revoke")).await.unwrap();
    let changes = fixture.store.changes_after(0, 100).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.revision).collect::<Vec<_>>(), (1..=6).collect::<Vec<_>>());
    assert_eq!(changes.last().unwrap().subject, one.id.as_str());
    assert_eq!(fixture.store.revision().await.unwrap(), 6);
    assert_eq!(fixture.store.changes_after(4, 1).await.unwrap(), changes[4..5]);
    assert_eq!(fixture.store.forget_changes_before(5).await.unwrap(), 4);
    assert_eq!(fixture.store.changes_after(0, 100).await.unwrap(), changes[4..]);
    assert_eq!(fixture.store.revision().await.unwrap(), 6);
    fixture.store.ping().await.unwrap();
}

pub async fn listeners_run_before_the_answer(fixture: &Fixture) {
    let heard = Arc::new(Mutex::new(Vec::<Change>::new()));
    let ear = heard.clone();
    fixture.store.listen(Arc::new(move |changes| ear.lock().unwrap().extend_from_slice(changes)));
    for number in 0..10 {
        let org = org(&format!("org{number}"));
        fixture.store.insert_org(&org, None, None, &fixture.audit("org.create")).await.unwrap();
        assert_eq!(heard.lock().unwrap().last().unwrap().subject, org.id.as_str());
    }
    assert!(fixture.store.insert_org(&org("org1"), None, None, &fixture.audit("org.create")).await.is_err());
    let logged = fixture.store.changes_after(0, 100).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), logged);
}

// F-11
pub async fn a_follower_passes_over_nothing(fixture: &Fixture) {
    const WRITES: usize = 60;
    let store = fixture.store.clone();
    let follower = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < WRITES {
            let after = seen.last().copied().unwrap_or(0);
            seen.extend(store.changes_after(after, 7).await.unwrap().into_iter().map(|change| change.revision));
            tokio::task::yield_now().await;
        }
        seen
    });
    let writes = (0..WRITES).map(|number| {
        let (store, audit) = (fixture.store.clone(), fixture.audit("org.create"));
        tokio::spawn(async move { store.insert_org(&org(&format!("org{number}")), None, None, &audit).await.unwrap() })
    });
    join_all(writes).await.into_iter().for_each(Result::unwrap);
    let seen = tokio::time::timeout(Duration::from_secs(30), follower).await.unwrap().unwrap();
    assert_eq!(seen, (1..=i64::try_from(WRITES).unwrap()).collect::<Vec<_>>());
}

// F-07
pub async fn cancelled_writers_leave_nothing_open(fixture: &Fixture) {
    for number in 0..120 {
        let (new, audit) = (org(&format!("org{number}")), fixture.audit("org.create"));
        let mut write = fixture.store.insert_org(&new, None, None, &audit);
        for _ in 0..number % 12 {
            if poll!(&mut write).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    fixture.store.insert_org(&org("last"), None, None, &fixture.audit("org.create")).await.unwrap();
    assert!(fixture.store.find_org("last-slug").await.unwrap().is_some());
    // What was begun was finished: each organisation has its audit row and its change, or nothing.
    let count = async || fixture.store.list_orgs(None, &page(200)).await.unwrap().items.len();
    let settled = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let orgs = count().await;
            let changes = fixture.store.changes_after(0, 500).await.unwrap().len();
            if orgs == changes && orgs == fixture.audited("org.create").await && orgs == count().await {
                return orgs;
            }
            tokio::task::yield_now().await;
        }
    });
    assert!(settled.await.unwrap() > 1);
}

// F-27
pub async fn texts_with_nul_are_never_found(fixture: &Fixture) {
    let (acme, _) = fixture.acme().await;
    let (nul, store) = (Some("a\0"), &fixture.store);
    let owner = fixture.user("owner").await;
    assert_eq!(store.find_org("acme\0").await.unwrap(), None);
    assert_eq!(store.membership("acme\0", &owner).await.unwrap(), None);
    assert_eq!(store.find_api_by_audience("a\0").await.unwrap(), None);
    assert_eq!(store.list_orgs(nul, &page(9)).await.unwrap().items, []);
    assert_eq!(store.list_apis(&acme, nul, &page(9)).await.unwrap().items, []);
    assert_eq!(store.list_public_apis(nul, &page(9)).await.unwrap().items, []);
    assert_eq!(store.list_apps(&acme, nul, None, &page(9)).await.unwrap().items, []);
    assert_eq!(store.search_credentials("a\0", &page(9)).await.unwrap().items, []);
    let filter = latchkey_core::keys::KeyFilter { search: Some("a\0".to_owned()), ..Default::default() };
    assert_eq!(store.list_keys(&acme, &filter, &page(9)).await.unwrap().items, []);
}

/// A transaction that has its revision and hasn't committed holds the next one back.
#[tokio::test(flavor = "multi_thread")]
async fn commits_come_in_the_order_of_revisions_on_postgres() {
    on_postgres(async |fixture, url| {
        let mut slow = PgConnection::connect(url).await.unwrap();
        let mut other = PgConnection::connect(url).await.unwrap();
        let mut transaction = slow.begin().await.unwrap();
        let revision: i64 = sqlx::query_scalar("UPDATE revision SET n = n + 1 WHERE id = 1 RETURNING n")
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        let (store, audit) = (fixture.store.clone(), fixture.audit("org.create"));
        let fast = tokio::spawn(async move { store.insert_org(&org("fast"), None, None, &audit).await.unwrap() });
        let waiting = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock' AND query LIKE 'UPDATE revision%')";
        while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut other).await.unwrap() {
            tokio::task::yield_now().await;
        }
        assert_eq!(fixture.store.changes_after(0, 9).await.unwrap(), []);
        sqlx::query("INSERT INTO changes (revision, subject) VALUES ($1, 'slow')")
            .bind(revision)
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        fast.await.unwrap();
        let seen: Vec<_> =
            fixture.store.changes_after(0, 9).await.unwrap().into_iter().map(|one| one.revision).collect();
        assert_eq!((revision, seen), (1, vec![1, 2]));
    })
    .await;
}

// F-11
#[tokio::test(flavor = "multi_thread")]
async fn another_replica_is_notified_on_postgres() {
    on_postgres(async |fixture, url| {
        let replica = PostgresStore::open(url).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(20), async {
            // The first says that it listens from now on.
            ChangeLog::notified(&replica).await;
            fixture.store.insert_org(&org("acme"), None, None, &fixture.audit("org.create")).await.unwrap();
            ChangeLog::notified(&replica).await;
        });
        heard.await.unwrap();
        assert_eq!(replica.revision().await.unwrap(), 1);
        replica.close().await;
    })
    .await;
}

// F-07
#[tokio::test(flavor = "multi_thread")]
async fn no_session_stays_idle_in_transaction_on_postgres() {
    on_postgres(async |fixture, url| {
        cancelled_writers_leave_nothing_open(fixture).await;
        let mut other = PgConnection::connect(url).await.unwrap();
        let open: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        )
        .fetch_one(&mut other)
        .await
        .unwrap();
        assert_eq!(open, 0);
    })
    .await;
}
