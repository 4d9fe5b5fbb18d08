//! Where secrets were seen that leaked. A place is noted once a secret; reports of it again are counted.

use async_trait::async_trait;
use latchkey_core::leaks::{Ending, HeldSecret, Leak, NewLeak};
use latchkey_core::ports::{AuditEntry, LeakStore, Listed, Page, StoreError};
use latchkey_types::{OrgId, Timestamp};

use super::columns::{get, millis, number, parsed, time, time_option};
use super::secret_ends::{self, Wanted};
use super::{Connection, Row, Store};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::is_storable;
use crate::task::in_task;

/// Places of one secret that are noted; reports of others are counted for the newest of them.
const MOST_PLACES: i64 = 100;
/// Leaks of one credential that are shown.
const SHOWN: i64 = 20;

macro_rules! select_leaks {
    () => {
        "SELECT id, secret, reporter, url, source, first_reported_at, last_reported_at, times, outcome, ends_at \
         FROM leaks WHERE "
    };
}

fn leak(row: &Row) -> Result<Leak, StoreError> {
    let ending = Ending::from_parts(get(row, "outcome")?, time_option(row, "ends_at")?);
    Ok(Leak {
        id: parsed(row, "id")?,
        secret: secret(row)?,
        reporter: get(row, "reporter")?,
        url: get(row, "url")?,
        source: get(row, "source")?,
        first_reported_at: time(row, "first_reported_at")?,
        last_reported_at: time(row, "last_reported_at")?,
        times: number(row, "times")?,
        ending: ending.ok_or_else(|| corrupt("outcome: unknown word"))?,
    })
}

fn secret(row: &Row) -> Result<HeldSecret, StoreError> {
    serde_json::from_str(get(row, "secret")?).map_err(corrupt)
}

/// Notes the place; whether it is new.
async fn note(
    connection: &mut Connection,
    leak: &NewLeak,
    secret: &HeldSecret,
    ending: Ending,
) -> Result<bool, StoreError> {
    if is_full(connection, leak).await? {
        count_for_newest(connection, leak).await?;
        return Ok(false);
    }
    let (target_type, target_id) = secret.target.audited();
    let times: i64 = sqlx::query_scalar(
        "INSERT INTO leaks (id, org_id, mac, target_type, target_id, secret, reporter, url, source, first_reported_at, \
         last_reported_at, times, outcome, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1, $11, $12) \
         ON CONFLICT (mac, url) DO UPDATE SET last_reported_at = excluded.last_reported_at, times = leaks.times + 1, \
         ends_at = CASE WHEN excluded.outcome = 'already_ended' THEN leaks.ends_at ELSE excluded.ends_at END, \
         outcome = CASE WHEN excluded.outcome = 'already_ended' THEN leaks.outcome ELSE excluded.outcome END \
         RETURNING times",
    )
    .bind(leak.id.as_str())
    .bind(secret.org.as_ref().map(OrgId::as_str))
    .bind(&leak.mac[..])
    .bind(target_type)
    .bind(target_id)
    .bind(serde_json::to_string(secret).map_err(corrupt)?)
    .bind(&leak.reporter)
    .bind(&leak.url)
    .bind(&leak.source)
    .bind(leak.at.as_millis())
    .bind(ending.as_str())
    .bind(millis(ending.ends_at()))
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok(times == 1)
}

/// Whether the secret has as many places as are noted, and this is another one.
async fn is_full(connection: &mut Connection, leak: &NewLeak) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT COUNT(*) >= $3 AND NOT EXISTS (SELECT 1 FROM leaks WHERE mac = $1 AND url = $2) \
         FROM leaks WHERE mac = $1",
    )
    .bind(&leak.mac[..])
    .bind(&leak.url)
    .bind(MOST_PLACES)
    .fetch_one(connection)
    .await
    .map_err(failed)
}

async fn count_for_newest(connection: &mut Connection, leak: &NewLeak) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE leaks SET times = times + 1, last_reported_at = $2 WHERE id = \
         (SELECT id FROM leaks WHERE mac = $1 ORDER BY first_reported_at DESC, id DESC LIMIT 1)",
    )
    .bind(&leak.mac[..])
    .bind(leak.at.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The audit row with what became of the secret.
fn with_ending(mut audit: AuditEntry, ended: &secret_ends::Ended) -> AuditEntry {
    audit.detail.insert("outcome".to_owned(), ended.ending.as_str().into());
    if let Some(at) = ended.ending.ends_at() {
        audit.detail.insert("ends_at".to_owned(), at.to_string().into());
    }
    if ended.whole_key {
        audit.detail.insert("whole_key".to_owned(), true.into());
    }
    audit
}

#[async_trait]
impl LeakStore for Store {
    async fn end_secret(
        &self,
        secret: &HeldSecret,
        ends_at: Option<Timestamp>,
        reason: &str,
        leak: Option<&NewLeak>,
        audit: &AuditEntry,
    ) -> Result<Ending, StoreError> {
        let (store, secret, audit) = (self.clone(), secret.clone(), audit.clone());
        let (reason, leak) = (reason.to_owned(), leak.cloned());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let wanted = Wanted { at: ends_at, now: audit.at, reason: &reason };
            let ended = secret_ends::end(&mut write, &secret, wanted).await?;
            let is_new = match &leak {
                Some(leak) => note(&mut write, leak, &secret, ended.ending).await?,
                None => false,
            };
            if is_new || ended.changed {
                write.commit(&with_ending(audit, &ended)).await?;
            } else {
                write.commit_unaudited().await?;
            }
            Ok(ended.ending)
        })
        .await
    }

    async fn find_leaked_secret(&self, mac: &[u8; 32]) -> Result<Option<HeldSecret>, StoreError> {
        sqlx::query("SELECT secret FROM leaks WHERE mac = $1 LIMIT 1")
            .bind(&mac[..])
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?
            .as_ref()
            .map(secret)
            .transpose()
    }

    async fn list_leaks(&self, org: &OrgId, page: &Page) -> Result<Listed<Leak>, StoreError> {
        let (at, id) = cursor::by_time(page)?;
        let rows = sqlx::query(concat!(
            select_leaks!(),
            "org_id = $1 AND (first_reported_at, id) < ($2, $3) ORDER BY first_reported_at DESC, id DESC LIMIT $4"
        ))
        .bind(org.as_str())
        .bind(at)
        .bind(id)
        .bind(cursor::fetch_limit(page))
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        let leaks = rows.iter().map(leak).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, leaks, |leak| cursor::at_time(leak.first_reported_at, leak.id.as_str())))
    }

    async fn leaks_of(&self, org: &OrgId, target: &str) -> Result<Vec<Leak>, StoreError> {
        if !is_storable(target) {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(concat!(
            select_leaks!(),
            "org_id = $1 AND target_id = $2 ORDER BY first_reported_at DESC, id DESC LIMIT $3"
        ))
        .bind(org.as_str())
        .bind(target)
        .bind(SHOWN)
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(leak).collect()
    }
}
