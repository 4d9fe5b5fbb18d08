//! A database of each kind for one test, gone afterwards.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt;
use latchkey_store::{Database, PostgresStore, SqliteStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::fixture::Fixture;

static COUNT: AtomicU32 = AtomicU32::new(0);

fn unique_name() -> String {
    format!("latchkey_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A folder that is removed when dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(unique_name());
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The URL of a database in it.
    pub fn url(&self) -> String {
        format!("sqlite://{}/data/latchkey.db", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub async fn in_memory(case: impl AsyncFnOnce(&Fixture)) {
    let store = SqliteStore::in_memory().await.unwrap();
    case(&Fixture::new(Database::Sqlite(store).store())).await;
}

pub async fn in_file(case: impl AsyncFnOnce(&Fixture)) {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.url()).await.unwrap();
    store.migrate().await.unwrap();
    case(&Fixture::new(Database::Sqlite(store.clone()).store())).await;
    store.close().await;
}

/// Does nothing where no server is named. The case also gets the URL of its database.
pub async fn on_postgres(case: impl AsyncFnOnce(&Fixture, &str)) {
    let Ok(server) = std::env::var("LATCHKEY_TEST_POSTGRES") else { return };
    let name = unique_name();
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let drop_it = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    sqlx::query(AssertSqlSafe(drop_it.clone())).execute(&mut admin).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let store = PostgresStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let fixture = Fixture::new(Database::Postgres(store.clone()).store());
    let result = AssertUnwindSafe(case(&fixture, &url)).catch_unwind().await;
    store.close().await;
    sqlx::query(AssertSqlSafe(drop_it)).execute(&mut admin).await.unwrap();
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}
