//! The two folders say the same, and a database of another version is told apart.

use std::collections::BTreeSet;
use std::path::Path;

use latchkey_store::{Database, OpenError, PostgresStore, SqliteStore};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::database::{Folder, on_postgres};

fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(folder);
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn both_folders_have_the_same_numbers_and_names() {
    let names_of_sqlite = names("sqlite");
    assert_eq!(names_of_sqlite, names("postgres"));
    for (position, name) in names_of_sqlite.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", position + 1)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    on_postgres(async |_, url| {
        let folder = Folder::new();
        SqliteStore::open(&folder.url()).await.unwrap().migrate().await.unwrap();
        let mut sqlite = SqliteConnection::connect(&folder.url()).await.unwrap();
        let mut postgres = PgConnection::connect(url).await.unwrap();
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT t.name || '.' || c.name || CASE WHEN c.\"notnull\" THEN '' ELSE '?' END \
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
        )
        .fetch_all(&mut sqlite)
        .await
        .unwrap();
        let same: Vec<String> = sqlx::query_scalar(
            "SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN '' ELSE '?' END \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
        )
        .fetch_all(&mut postgres)
        .await
        .unwrap();
        assert!(columns.len() > 100);
        assert_eq!(columns.iter().collect::<BTreeSet<_>>(), same.iter().collect::<BTreeSet<_>>());
        let indexes: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite_auto%'")
                .fetch_all(&mut sqlite)
                .await
                .unwrap();
        let same: Vec<String> = sqlx::query_scalar(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'",
        )
        .fetch_all(&mut postgres)
        .await
        .unwrap();
        assert_eq!(indexes.iter().collect::<BTreeSet<_>>(), same.iter().collect::<BTreeSet<_>>());
    })
    .await;
}

// F-33
#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_what_it_lacks_and_what_is_too_new() {
    let folder = Folder::new();
    let database = Database::open(&folder.url()).await.unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), names("sqlite").len());
    // Two processes that start at once.
    let other = Database::open(&folder.url()).await.unwrap();
    let (one, two) = tokio::join!(database.migrate(), other.migrate());
    one.and(two).unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), 0);
    let mut raw = SqliteConnection::connect(&folder.url()).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut raw).await.unwrap();
    assert!(matches!(database.pending_migrations().await, Err(OpenError::NewerDatabase(9999))));
    let refused = database.migrate().await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerDatabase(9999)), "{refused}");
    assert!(refused.to_string().contains("newer than this program"));
}

// F-33
#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_migrate_at_once_on_postgres() {
    on_postgres(async |_, url| {
        let mut raw = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut raw).await.unwrap();
        let (one, two) = (PostgresStore::open(url).await.unwrap(), PostgresStore::open(url).await.unwrap());
        assert_eq!(one.pending_migrations().await.unwrap(), names("postgres").len());
        let (first, second) = tokio::join!(one.migrate(), two.migrate());
        first.and(second).unwrap();
        assert_eq!(two.pending_migrations().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_of_other_kinds_and_deaf_servers_are_refused() {
    for url in ["", "mysql://root@localhost/db", "latchkey.db", "postgres://["] {
        assert!(matches!(Database::open(url).await, Err(OpenError::Url(_))), "{url}");
    }
    let refused = Database::open("postgres://nobody:canary@127.0.0.1:1/none").await.unwrap_err();
    assert!(matches!(refused, OpenError::Database(_)));
    assert!(!refused.to_string().contains("canary"));
}
