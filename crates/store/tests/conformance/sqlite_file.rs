//! What holds for a database in a file: who may read it, who may serve from it, how it is copied.

use latchkey_core::ports::{ChangeLog, OrgStore, StoreError};
use latchkey_store::{Database, OpenError, SqliteStore};

use crate::database::Folder;
use crate::fixture::{Fixture, org};

async fn open(folder: &Folder) -> SqliteStore {
    let store = SqliteStore::open(&folder.url()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

// F-37
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = open(&folder).await;
    let _lock = store.lock_for_serving().unwrap();
    let data = folder.0.join("data");
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let entries: Vec<_> = std::fs::read_dir(&data).unwrap().map(Result::unwrap).collect();
    assert!(entries.len() >= 3, "database, write-ahead log, lock: {entries:?}");
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}

// F-11
#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_refused_and_a_command_is_not() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let lock = server.lock_for_serving().unwrap();
    assert!(lock.is_some());
    let command = open(&folder).await;
    assert!(matches!(command.lock_for_serving(), Err(OpenError::Served(_))));
    let fixture = Fixture::new(Database::Sqlite(command.clone()).store());
    command.insert_org(&org("acme"), None, None, &fixture.audit("org.create")).await.unwrap();
    assert_eq!(server.revision().await.unwrap(), 1);
    assert!(server.find_org("acme-slug").await.unwrap().is_some());
    drop(lock);
    assert!(command.lock_for_serving().unwrap().is_some());
    assert!(SqliteStore::in_memory().await.unwrap().lock_for_serving().unwrap().is_none());
}

// F-34
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_writes_is_whole_and_overwrites_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let fixture = Fixture::new(Database::Sqlite(store.clone()).store());
    let writes = futures::future::join_all((0..30).map(|number| {
        let (store, audit) = (store.clone(), fixture.audit("org.create"));
        async move { store.insert_org(&org(&format!("org{number}")), None, None, &audit).await.unwrap() }
    }));
    let copy = folder.0.join("copy.db");
    let (_, copied) = tokio::join!(writes, store.backup(&copy));
    copied.unwrap();
    assert!(matches!(store.backup(&copy).await, Err(OpenError::File { .. })));
    let restored = SqliteStore::open(&format!("sqlite://{}", copy.display())).await.unwrap();
    assert_eq!(restored.pending_migrations().await.unwrap(), 0);
    let revision = restored.revision().await.unwrap();
    assert_eq!(i64::try_from(restored.changes_after(0, 100).await.unwrap().len()).unwrap(), revision);
}

// F-10
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_database_is_unavailable() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let fixture = Fixture::new(Database::Sqlite(store.clone()).store());
    store.close().await;
    let write = store.insert_org(&org("acme"), None, None, &fixture.audit("org.create")).await;
    assert!(matches!(write, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.revision().await, Err(StoreError::Unavailable(_))));
}
