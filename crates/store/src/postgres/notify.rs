//! `LISTEN`: another replica committed something.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Pool, Postgres};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const CHANNEL: &str = "latchkey_changes";
const RETRY: Duration = Duration::from_secs(1);

/// What `LISTEN` says. The connection is made by the first who waits, so that a command of a second doesn't make one.
#[derive(Debug)]
pub(super) struct Notifications {
    pool: Pool<Postgres>,
    arrived: Arc<Notify>,
    listening: OnceLock<JoinHandle<()>>,
}

impl Notifications {
    pub(super) fn new(pool: Pool<Postgres>) -> Self {
        Self { pool, arrived: Arc::default(), listening: OnceLock::new() }
    }

    /// Until something may have changed: since the last call of this, or from now on.
    pub(super) async fn wait(&self) {
        self.listening.get_or_init(|| tokio::spawn(listen(self.pool.clone(), self.arrived.clone())));
        self.arrived.notified().await;
    }

    pub(super) fn stop(&self) {
        if let Some(task) = self.listening.get() {
            task.abort();
        }
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(pool: Pool<Postgres>, arrived: Arc<Notify>) {
    loop {
        if let Err(error) = listen_until_lost(&pool, &arrived).await {
            if pool.is_closed() {
                return;
            }
            tracing::warn!(error = %error, "no notifications of changes from PostgreSQL; polling goes on");
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn listen_until_lost(pool: &Pool<Postgres>, arrived: &Notify) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // What was announced while nobody listened is lost: look once at each beginning.
        arrived.notify_one();
        if listener.try_recv().await?.is_none() {
            return Ok(());
        }
    }
}
