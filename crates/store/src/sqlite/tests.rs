use super::*;

// F-05
#[tokio::test]
async fn every_connection_has_the_pragmas() {
    let folder = std::env::temp_dir().join(format!("latchkey_pragmas_{}", std::process::id()));
    let store = SqliteStore::open(&format!("sqlite://{}/db", folder.display())).await.unwrap();
    let mut connections = vec![store.writer.acquire().await.unwrap()];
    for _ in 0..READERS {
        connections.push(store.readers.acquire().await.unwrap());
    }
    for (position, connection) in connections.iter_mut().enumerate() {
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut **connection).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut **connection).await.unwrap();
        let foreign_keys: bool = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut **connection).await.unwrap();
        let patience: i64 = sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(&mut **connection).await.unwrap();
        assert_eq!((journal.as_str(), synchronous, foreign_keys, patience), ("wal", 2, true, 5_000), "{position}");
        let written = sqlx::query("CREATE TABLE t (a)").execute(&mut **connection).await;
        assert_eq!(written.is_ok(), position == 0, "only the writer writes");
    }
    drop(connections);
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

// F-10
#[tokio::test]
async fn a_full_disk_is_unavailable_and_passes() {
    use latchkey_core::ports::{SessionStore, Slot, StoreError};
    let folder = std::env::temp_dir().join(format!("latchkey_full_{}", std::process::id()));
    let store = SqliteStore::open(&format!("sqlite://{}/db", folder.display())).await.unwrap();
    store.migrate().await.unwrap();
    let expires_at = latchkey_types::Timestamp::from_millis(1);
    let slot = Slot { name_hash: [1; 32], content: vec![7; 1 << 20], expires_at };
    // Holds on this connection, as long as it lives.
    sqlx::query("PRAGMA max_page_count = 1").execute(&store.writer).await.unwrap();
    let full = store.put_slot(&slot).await;
    assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
    let small = Slot { content: vec![7], ..slot };
    store.put_slot(&small).await.unwrap();
    assert_eq!(
        store.take_slot(&small.name_hash, latchkey_types::Timestamp::from_millis(0)).await.unwrap(),
        Some(vec![7])
    );
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
