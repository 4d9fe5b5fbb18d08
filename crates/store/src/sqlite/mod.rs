//! One file: a single writer connection, so that no write ever waits in vain, and a pool of readers.

mod file;
mod spends;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, Sqlite, Transaction};

pub use self::file::ServingLock;
use self::spends::Spends;
use crate::error::OpenError;
use crate::listeners::Listeners;
use crate::migrations;

/// A write transaction holds the whole file, so that no row needs a lock of its own.
macro_rules! for_update {
    () => {
        ""
    };
}
macro_rules! for_share {
    () => {
        ""
    };
}

#[path = "../entity/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "each entity's statements are written once and compiled against each driver")]
mod entity;

type Db = Sqlite;
type Store = SqliteStore;

/// Other processes on the same file see a change when they poll.
const ANNOUNCE: Option<&str> = None;

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a statement waits for another process that writes, and a caller for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 8;

/// All stores in one `SQLite` file. Clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: Pool<Sqlite>,
    readers: Pool<Sqlite>,
    listeners: Listeners,
    spends: Spends,
    path: Option<PathBuf>,
}

impl SqliteStore {
    /// Opens `sqlite://path`, making the file (mode 0600) and its folder where they are missing; doesn't migrate.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        if matches!(url, "sqlite::memory:" | "sqlite://:memory:") {
            return Self::open_in_memory().await;
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|error| OpenError::Url(error.to_string()))?;
        let path = options.get_filename().to_path_buf();
        file::create(&path)?;
        let options = every_connection(SqliteConnectOptions::new().filename(&path));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .before_acquire(|connection, _| {
                // SQLite ends a transaction by itself when the disk is full; the driver then believes for ever that it is
                // open. Such a connection makes room for a new one.
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            })
            .connect_with(options.clone().journal_mode(SqliteJournalMode::Wal))
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { writer, readers, listeners: Listeners::default(), spends: Spends::default(), path: Some(path) })
    }

    /// A migrated database in memory, gone when the last clone is dropped: for tests.
    pub async fn in_memory() -> Result<Self, OpenError> {
        let store = Self::open_in_memory().await?;
        store.migrate().await?;
        Ok(store)
    }

    /// One connection, for everything: another one would see another database.
    async fn open_in_memory() -> Result<Self, OpenError> {
        let only = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(every_connection(SqliteConnectOptions::new().in_memory(true)))
            .await?;
        Ok(Self {
            writer: only.clone(),
            readers: only,
            listeners: Listeners::default(),
            spends: Spends::default(),
            path: None,
        })
    }

    /// How many migrations the file lacks. [`OpenError::NewerDatabase`] where a newer program migrated it.
    pub async fn pending_migrations(&self) -> Result<usize, OpenError> {
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')")
                .fetch_one(&self.readers)
                .await?;
        let applied: Vec<i64> = if known {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(&self.readers).await?
        } else {
            Vec::new()
        };
        migrations::pending(&MIGRATOR, &applied)
    }

    /// Applies the migrations that the file lacks, all or none, while no other process can write.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        MIGRATOR.run_direct(None, &mut *transaction, false).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Refuses a second process that serves from the same file; commands may run beside. `None` for one in memory.
    pub fn lock_for_serving(&self) -> Result<Option<ServingLock>, OpenError> {
        self.path.as_deref().map(ServingLock::take).transpose()
    }

    /// Copies what is committed into a new file (mode 0600), while others read and write.
    pub async fn backup(&self, path: &Path) -> Result<(), OpenError> {
        let target = path.to_str().ok_or(OpenError::Unsupported("the name of a backup is UTF-8"))?;
        let copy = file::create_new(path)?;
        let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&self.readers).await;
        if let Err(error) = copied {
            // What was begun is of no use to anybody.
            let _ = std::fs::remove_file(path);
            return Err(error.into());
        }
        copy.sync_all().map_err(|source| OpenError::File { path: path.to_path_buf(), source })
    }

    /// Closes the connections, and with the last one moves the write-ahead log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Takes the file's write lock at once: a transaction that reads first and writes later can be refused without waiting.
    async fn begin(&self) -> sqlx::Result<Transaction<'static, Sqlite>> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    fn reader(&self) -> &Pool<Sqlite> {
        &self.readers
    }

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// `SQLite` can't tell another process.
    #[expect(clippy::unused_self, reason = "the same call on both drivers")]
    fn notified(&self) -> std::future::Pending<()> {
        std::future::pending()
    }
}

/// What holds on every connection (F-05): an acknowledged commit outlives a power cut.
fn every_connection(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.foreign_keys(true).synchronous(SqliteSynchronous::Full).busy_timeout(PATIENCE)
}

#[cfg(test)]
mod tests;
