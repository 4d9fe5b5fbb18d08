//! A write transaction: what changed, the audit row, and the revision go in together.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use latchkey_core::ports::{AuditEntry, Change, StoreError};
use latchkey_types::OrgId;
use sqlx::{QueryBuilder, Transaction};

use super::{ANNOUNCE, Connection, Db, Store, audit};
use crate::error::failed;
use crate::listeners::Listeners;
use crate::task::in_task;

/// A write transaction. Dropped without a commit, it is rolled back.
pub(super) struct Write {
    transaction: Transaction<'static, Db>,
    changed: BTreeSet<String>,
    listeners: Listeners,
}

impl Store {
    pub(super) async fn begin_write(&self) -> Result<Write, StoreError> {
        let transaction = self.begin().await.map_err(failed)?;
        Ok(Write { transaction, changed: BTreeSet::new(), listeners: self.listeners().clone() })
    }

    /// Deletes what has had its time, in one write without an audit row: each statement the rows that lie before its `$1`.
    /// How many rows went.
    pub(super) async fn reap<const N: usize>(&self, statements: [(&'static str, i64); N]) -> Result<u64, StoreError> {
        let store = self.clone();
        in_task(async move {
            let mut write = store.begin_write().await?;
            let mut gone = 0;
            for (statement, before) in statements {
                let done = sqlx::query(statement).bind(before).execute(&mut *write).await.map_err(failed)?;
                gone += done.rows_affected();
            }
            write.commit_unaudited().await?;
            Ok(gone)
        })
        .await
    }

    /// Deletes the row of an organisation ($2) with this id ($1); [`StoreError::NotFound`] where there is none. Not for
    /// what is remembered: no change is logged.
    pub(super) async fn delete_own(
        &self,
        statement: &'static str,
        org: &OrgId,
        id: &str,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.to_owned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query(statement).bind(id).bind(org.as_str()).execute(&mut *write).await.map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::NotFound);
            }
            write.commit(&audit).await
        })
        .await
    }
}

impl Write {
    /// Notes what the `changes` rows of this transaction will name.
    pub(super) fn changed(&mut self, subject: &impl ToString) {
        self.changed.insert(subject.to_string());
    }

    /// Adds the audit row and the `changes` rows, commits, and tells the listeners.
    pub(super) async fn commit(mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        audit::insert(&mut self, entry).await?;
        self.commit_unaudited().await
    }

    /// The same for a write that goes without an audit row.
    pub(super) async fn commit_unaudited(mut self) -> Result<(), StoreError> {
        let changes = self.log_changes().await.map_err(failed)?;
        self.transaction.commit().await.map_err(failed)?;
        if !changes.is_empty() {
            self.listeners.tell(&changes);
        }
        Ok(())
    }

    /// The update of the one row of `revision` comes last and locks it until the commit, so that the order of commits is
    /// the order of revisions, and nobody who follows `changes` can pass over a slow transaction.
    async fn log_changes(&mut self) -> sqlx::Result<Vec<Change>> {
        if self.changed.is_empty() {
            return Ok(Vec::new());
        }
        let subjects = std::mem::take(&mut self.changed);
        let count = i64::try_from(subjects.len()).unwrap_or(i64::MAX);
        let last: i64 = sqlx::query_scalar("UPDATE revision SET n = n + $1 WHERE id = 1 RETURNING n")
            .bind(count)
            .fetch_one(&mut **self)
            .await?;
        let changes: Vec<Change> =
            (last - count + 1..).zip(subjects).map(|(revision, subject)| Change { revision, subject }).collect();
        for chunk in changes.chunks(1_000) {
            QueryBuilder::<Db>::new("INSERT INTO changes (revision, subject) ")
                .push_values(chunk, |mut row, change| {
                    row.push_bind(change.revision).push_bind(change.subject.clone());
                })
                .build()
                .persistent(chunk.len() == 1)
                .execute(&mut **self)
                .await?;
        }
        if let Some(announce) = ANNOUNCE {
            sqlx::query(announce).execute(&mut **self).await?;
        }
        Ok(changes)
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}
