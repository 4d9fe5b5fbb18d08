//! A database of either kind, by its URL.

use std::path::Path;
use std::sync::Arc;

use latchkey_core::ports::Store;

use crate::{OpenError, PostgresStore, ServingLock, SqliteStore};

/// An open database of either kind: what the program does with it besides using its stores.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file.
    Sqlite(SqliteStore),
    /// A server.
    Postgres(PostgresStore),
}

impl Database {
    /// Opens `sqlite://path`, `sqlite::memory:` or `postgres://…`; doesn't migrate.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => SqliteStore::open(url).await.map(Self::Sqlite),
            Some("postgres" | "postgresql") => PostgresStore::open(url).await.map(Self::Postgres),
            _ => Err(OpenError::Url("it starts with sqlite: or postgres:".to_owned())),
        }
    }

    /// Its stores.
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// How many migrations it lacks. [`OpenError::NewerDatabase`] where a newer program migrated it.
    pub async fn pending_migrations(&self) -> Result<usize, OpenError> {
        match self {
            Self::Sqlite(store) => store.pending_migrations().await,
            Self::Postgres(store) => store.pending_migrations().await,
        }
    }

    /// Applies the migrations that it lacks, under a lock; none is fine.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match self {
            Self::Sqlite(store) => store.migrate().await,
            Self::Postgres(store) => store.migrate().await,
        }
    }

    /// Makes sure that only one process serves from a file; PostgreSQL serves many.
    pub fn lock_for_serving(&self) -> Result<Option<ServingLock>, OpenError> {
        match self {
            Self::Sqlite(store) => store.lock_for_serving(),
            Self::Postgres(_) => Ok(None),
        }
    }

    /// Copies the database, in a state that was committed, into a new file.
    pub async fn backup(&self, path: &Path) -> Result<(), OpenError> {
        match self {
            Self::Sqlite(store) => store.backup(path).await,
            Self::Postgres(_) => Err(OpenError::Unsupported("PostgreSQL is backed up by pg_dump")),
        }
    }

    /// Gives its connections back.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

/// Opens and migrates a database and answers its stores.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    let database = Database::open(url).await?;
    database.migrate().await?;
    Ok(database.store())
}
