//! Calls that spend at once are written in one transaction: a commit waits for the disk, and there is one writer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_core::ports::{Spend, Standing, StoreError};
use tokio::sync::oneshot;

use super::{SqliteStore, entity};
use crate::error::failed;
use crate::task::in_task;

/// The most calls of one transaction.
const MOST_AT_ONCE: usize = 1_000;

type Answer = Result<Standing, StoreError>;
/// A call, and where its answer goes.
type Waiting = (Spend, oneshot::Sender<Answer>);

/// Calls that wait for the next transaction.
#[derive(Clone, Default)]
pub(super) struct Spends {
    waiting: Arc<Mutex<Vec<Waiting>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl SqliteStore {
    /// Spends with all others that wait for the writer by then.
    pub(super) async fn spend_now(&self, spend: Spend) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.spends.lock().push((spend, answer));
        let store = self.clone();
        // one of those who wait writes for all; the others find nothing left to do
        in_task(async move {
            let _turn = store.spends.turn.lock().await;
            let group = store.spends.take();
            if !group.is_empty() {
                spend_group(&store, group).await;
            }
            Ok(())
        })
        .await?;
        answered.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(Box::new(gone))))
    }
}

impl Spends {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let first = waiting.len().min(MOST_AT_ONCE);
        waiting.drain(..first).collect()
    }
}

/// All that have room are written, or none; each is told when it stands.
async fn spend_group(store: &SqliteStore, group: Vec<Waiting>) {
    let (spends, answers): (Vec<Spend>, Vec<_>) = group.into_iter().unzip();
    match write(store, &spends).await {
        Ok(standings) => {
            for (answer, standing) in answers.into_iter().zip(standings) {
                // whoever hung up doesn't hear it
                let _ = answer.send(Ok(standing));
            }
        }
        Err(error) => {
            let cause = error.to_string();
            for answer in answers {
                let _ = answer.send(Err(StoreError::Unavailable(cause.clone().into())));
            }
        }
    }
}

async fn write(store: &SqliteStore, spends: &[Spend]) -> Result<Vec<Standing>, StoreError> {
    let mut transaction = store.begin().await.map_err(failed)?;
    let mut standings = Vec::with_capacity(spends.len());
    for spend in spends {
        standings.push(entity::limits::spend_on(&mut transaction, spend).await?);
    }
    transaction.commit().await.map_err(failed)?;
    Ok(standings)
}

impl fmt::Debug for Spends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spends")
    }
}
