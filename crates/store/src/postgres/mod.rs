//! A server, and several replicas on it.

mod notify;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::ports::{Spend, Standing, StoreError};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Pool, Postgres, Transaction};

use self::notify::Notifications;
use crate::error::{OpenError, failed};
use crate::listeners::Listeners;
use crate::migrations;
use crate::task::in_task;

/// Lets others read the row, and nobody change or lock it until this transaction ends.
macro_rules! for_update {
    () => {
        " FOR UPDATE"
    };
}
/// Lets others do the same, and nobody change the row until this transaction ends.
macro_rules! for_share {
    () => {
        " FOR SHARE"
    };
}

#[path = "../entity/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "each entity's statements are written once and compiled against each driver")]
mod entity;

type Db = Postgres;
type Store = PostgresStore;

/// Sent when the transaction commits, and only then.
const ANNOUNCE: Option<&str> = Some("SELECT pg_notify('latchkey_changes', '')");

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/postgres");

/// A database that can't be reached in this time can't be asked: callers answer 503 rather than wait.
const PATIENCE: Duration = Duration::from_secs(3);
const CONNECTIONS: u32 = 16;

/// All stores in one PostgreSQL database. Clones share the connections.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: Pool<Postgres>,
    listeners: Listeners,
    notifications: Arc<Notifications>,
}

impl PostgresStore {
    /// Connects to `postgres://user:password@host/database?sslmode=verify-full`; doesn't migrate.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::Url(error.to_string()))?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                // No statement of ours is long, and none may hold a lock for a client that is gone.
                let limits = sqlx::raw_sql(
                    "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'",
                );
                Box::pin(async move { limits.execute(connection).await.map(|_| ()) })
            })
            .connect_with(options.application_name("latchkey"))
            .await?;
        let notifications = Arc::new(Notifications::new(pool.clone()));
        Ok(Self { pool, listeners: Listeners::default(), notifications })
    }

    /// How many migrations the database lacks. [`OpenError::NewerDatabase`] where a newer program migrated it.
    pub async fn pending_migrations(&self) -> Result<usize, OpenError> {
        let known: bool =
            sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&self.pool).await?;
        let applied: Vec<i64> = if known {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(&self.pool).await?
        } else {
            Vec::new()
        };
        migrations::pending(&MIGRATOR, &applied)
    }

    /// Applies the migrations that the database lacks, under an advisory lock: of two replicas one waits for the other.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let mut connection = self.pool.acquire().await?.detach();
        // Filling a new column may take long; so may waiting for the other replica.
        sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            .execute(&mut connection)
            .await?;
        let migrated = MIGRATOR.run_direct(None, &mut connection, false).await;
        // Closed either way: a lock or a limit must not go back into the pool.
        sqlx::Connection::close(connection).await?;
        Ok(migrated?)
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.notifications.stop();
        self.pool.close().await;
    }

    async fn begin(&self) -> sqlx::Result<Transaction<'static, Postgres>> {
        self.pool.begin().await
    }

    /// Each call by itself: the database groups commits.
    async fn spend_now(&self, spend: Spend) -> Result<Standing, StoreError> {
        let store = self.clone();
        in_task(async move {
            let mut connection = store.pool.acquire().await.map_err(failed)?;
            entity::limits::spend_on(&mut connection, &spend).await
        })
        .await
    }

    fn reader(&self) -> &Pool<Postgres> {
        &self.pool
    }

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    async fn notified(&self) {
        self.notifications.wait().await;
    }
}
