//! How far rate limits are used, and what is left of credits. No change is logged: nothing that is remembered stands on
//! these rows.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use latchkey_core::limits::{CreditChange, CreditRule, CreditsLeft, Nanos, RateLimit};
use latchkey_core::ports::{
    AuditEntry, CreditPool, ExactLimit, Exhausted, LimitStore, LocalUse, Spend, Standing, StoreError,
};
use latchkey_types::{ApiId, Timestamp};
use serde::Serialize;
use sqlx::{Connection as _, QueryBuilder};

use super::columns::{get, time, to_json};
use super::{Connection, Db, Row, Store};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// JSON in a TEXT column that is never NULL.
pub(super) fn list<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(get(row, column)?).map_err(corrupt)
}

/// For a TEXT column of JSON that is never NULL.
pub(super) fn list_json<T: Serialize>(list: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(corrupt)
}

/// Runs a statement that writes a list ($2) of what has this id ($1).
pub(super) async fn set<T: Serialize>(
    connection: &mut Connection,
    statement: &'static str,
    id: &str,
    list: &[T],
) -> Result<(), StoreError> {
    sqlx::query(statement).bind(id).bind(list_json(list)?).execute(connection).await.map_err(failed)?;
    Ok(())
}

/// Writes a key's limits and what was decided of its credits.
pub(super) async fn save_of_key(
    connection: &mut Connection,
    id: &str,
    rate_limits: &[RateLimit],
    credits: Option<&CreditRule>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE keys SET rate_limits = $2, credits = $3 WHERE id = $1")
        .bind(id)
        .bind(list_json(rate_limits)?)
        .bind(to_json(credits)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Writes a consumer's limits, its plan and what was decided of its credits; its row is there.
pub(super) async fn save_of_consumer(
    connection: &mut Connection,
    (api, org): (&str, &str),
    rate_limits: &[RateLimit],
    credits: Option<&CreditRule>,
    plan: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE consumer_policies SET rate_limits = $3, credits = $4, plan = $5 WHERE api_id = $1 AND org_id = $2",
    )
    .bind(api)
    .bind(org)
    .bind(list_json(rate_limits)?)
    .bind(to_json(credits)?)
    .bind(plan)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Gives credits anew, or takes them away; where only the rule changed what is left stays.
pub(super) async fn set_credits(
    connection: &mut Connection,
    subject: &str,
    change: Option<&CreditChange>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let query = match change {
        None => sqlx::query("DELETE FROM credits WHERE subject = $1").bind(subject),
        Some(CreditChange { remaining: None, .. }) => return Ok(()),
        Some(CreditChange { remaining: Some(remaining), .. }) => sqlx::query(
            "INSERT INTO credits (subject, remaining, granted, refilled_at) VALUES ($1, $2, $2, $3) \
             ON CONFLICT (subject) DO UPDATE SET remaining = excluded.remaining, granted = excluded.granted, \
             refilled_at = excluded.refilled_at",
        )
        .bind(subject)
        .bind(remaining)
        .bind(now.as_millis()),
    };
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}

/// Forgets what consumers of an API had of it.
pub(super) async fn bury(connection: &mut Connection, api: &ApiId) -> Result<(), StoreError> {
    for statement in ["DELETE FROM credits WHERE subject LIKE $1", "DELETE FROM rate_limits WHERE id LIKE $1"] {
        sqlx::query(statement).bind(format!("{api}/%")).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// Spends of all counters or of none, in a transaction of its own or within the caller's.
pub(in super::super) async fn spend_on(connection: &mut Connection, spend: &Spend) -> Result<Standing, StoreError> {
    let never_fits = |limit: &ExactLimit| limit.rate.increment(spend.cost) > limit.rate.capacity;
    if spend.cost == 0 {
        return standing(connection, spend, None).await;
    }
    if spend.counters.limits.iter().any(never_fits) {
        return standing(connection, spend, Some(Exhausted::Limit)).await;
    }
    let exhausted = match all_or_none(connection, spend).await? {
        Ok(standing) => return Ok(standing),
        Err(exhausted) => exhausted,
    };
    if exhausted == Exhausted::Credits {
        make_rows(connection, spend).await?;
    }
    let found = standing(connection, spend, Some(exhausted)).await?;
    let cost = i64::from(spend.cost);
    if exhausted == Exhausted::Limit || found.credits.iter().any(|left| left.remaining < cost) {
        return Ok(found);
    }
    // a row wasn't there before, whoever made it
    match all_or_none(connection, spend).await? {
        Ok(standing) => Ok(standing),
        Err(exhausted) => standing(connection, spend, Some(exhausted)).await,
    }
}

async fn all_or_none(connection: &mut Connection, spend: &Spend) -> Result<Result<Standing, Exhausted>, StoreError> {
    // one statement needs no transaction around it
    if spend.counters.limits.len() + spend.counters.pools.len() == 1 {
        return take_all(connection, spend).await;
    }
    let mut all = connection.begin().await.map_err(failed)?;
    let taken = take_all(&mut all, spend).await?;
    if taken.is_ok() { all.commit().await } else { all.rollback().await }.map_err(failed)?;
    Ok(taken)
}

/// In one order always, so that no two calls wait for each other.
async fn take_all(connection: &mut Connection, spend: &Spend) -> Result<Result<Standing, Exhausted>, StoreError> {
    let mut standing = Standing { exhausted: None, tats: Vec::new(), credits: Vec::new() };
    for limit in &spend.counters.limits {
        match take(connection, limit, spend).await? {
            Some(tat) => standing.tats.push(tat),
            None => return Ok(Err(Exhausted::Limit)),
        }
    }
    for pool in &spend.counters.pools {
        match take_credits(connection, pool, spend).await? {
            Some(left) => standing.credits.push(left),
            None => return Ok(Err(Exhausted::Credits)),
        }
    }
    Ok(Ok(standing))
}

/// The generic cell rate algorithm as one statement: `latchkey_core::limits::Rate::take` says the same.
async fn take(connection: &mut Connection, limit: &ExactLimit, spend: &Spend) -> Result<Option<Nanos>, StoreError> {
    let now = latchkey_core::limits::nanos(spend.now);
    sqlx::query_scalar(
        "INSERT INTO rate_limits (id, tat, synced_at) VALUES ($1, $2 + $3, 0) \
         ON CONFLICT (id) DO UPDATE SET tat = $3 + \
         CASE WHEN rate_limits.tat > $2 AND rate_limits.tat <= $5 THEN rate_limits.tat ELSE $2 END \
         WHERE rate_limits.tat + $3 <= $2 + $4 OR rate_limits.tat > $5 RETURNING tat",
    )
    .bind(&*limit.id)
    .bind(now)
    .bind(limit.rate.increment(spend.cost))
    .bind(limit.rate.capacity)
    .bind(limit.rate.stray(now))
    .fetch_optional(connection)
    .await
    .map_err(failed)
}

fn credits(row: &Row) -> Result<CreditsLeft, StoreError> {
    Ok(CreditsLeft {
        remaining: get(row, "remaining")?,
        granted: get(row, "granted")?,
        refilled_at: time(row, "refilled_at")?,
    })
}

/// Pools begin with the first call that comes to them, also where it is refused: from then on they are refilled.
async fn make_rows(connection: &mut Connection, spend: &Spend) -> Result<(), StoreError> {
    for pool in &spend.counters.pools {
        let first = pool.rule.first(spend.now);
        sqlx::query(
            "INSERT INTO credits (subject, remaining, granted, refilled_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (subject) DO NOTHING",
        )
        .bind(&*pool.subject)
        .bind(first.remaining)
        .bind(first.granted)
        .bind(first.refilled_at.as_millis())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

/// The refill that is due and the cost as one statement: `CreditRule::at` says the same. Nothing is taken of a row that
/// isn't there.
async fn take_credits(
    connection: &mut Connection,
    pool: &CreditPool,
    spend: &Spend,
) -> Result<Option<CreditsLeft>, StoreError> {
    let (period, amount) = match pool.rule.refill {
        Some(refill) => (refill.every.period_start(spend.now).as_millis(), refill.amount),
        None => (i64::MIN, 0),
    };
    let row = sqlx::query(
        "UPDATE credits SET \
         remaining = CASE WHEN refilled_at < $3 AND remaining < $4 THEN $4 ELSE remaining END - $2, \
         granted = CASE WHEN refilled_at >= $3 THEN granted WHEN remaining < $4 THEN $4 ELSE remaining END, \
         refilled_at = CASE WHEN refilled_at < $3 THEN $3 ELSE refilled_at END \
         WHERE subject = $1 AND CASE WHEN refilled_at < $3 AND remaining < $4 THEN $4 ELSE remaining END >= $2 \
         RETURNING remaining, granted, refilled_at",
    )
    .bind(&*pool.subject)
    .bind(i64::from(spend.cost))
    .bind(period)
    .bind(amount)
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    row.as_ref().map(credits).transpose()
}

/// Where everything stands, without spending.
async fn standing(
    connection: &mut Connection,
    spend: &Spend,
    exhausted: Option<Exhausted>,
) -> Result<Standing, StoreError> {
    let mut standing = Standing { exhausted, tats: Vec::new(), credits: Vec::new() };
    for limit in &spend.counters.limits {
        let tat: Option<Nanos> = sqlx::query_scalar("SELECT tat FROM rate_limits WHERE id = $1")
            .bind(&*limit.id)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        standing.tats.push(tat.unwrap_or_default());
    }
    for CreditPool { subject, rule } in &spend.counters.pools {
        let row = sqlx::query("SELECT remaining, granted, refilled_at FROM credits WHERE subject = $1")
            .bind(&**subject)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        let left = row.as_ref().map(credits).transpose()?.unwrap_or_else(|| rule.first(spend.now));
        standing.credits.push(rule.at(spend.now, left));
    }
    Ok(standing)
}

/// What a replica counted comes on top of what stands there, or of the time since which it counted where that is later;
/// where the replica's own count is further, that counts.
async fn add_local_use(connection: &mut Connection, local: &LocalUse, now: Nanos) -> Result<Nanos, StoreError> {
    sqlx::query_scalar(
        "INSERT INTO rate_limits (id, tat, synced_at) VALUES ($1, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET synced_at = $5, tat = CASE \
         WHEN rate_limits.tat > $7 THEN $4 \
         WHEN $2 + CASE WHEN rate_limits.tat > $3 THEN rate_limits.tat ELSE $3 END > $6 THEN $6 \
         WHEN $2 + CASE WHEN rate_limits.tat > $3 THEN rate_limits.tat ELSE $3 END > $4 \
         THEN $2 + CASE WHEN rate_limits.tat > $3 THEN rate_limits.tat ELSE $3 END \
         ELSE $4 END RETURNING tat",
    )
    .bind(&*local.id)
    .bind(local.spent)
    .bind(local.since)
    .bind(local.rate.live(local.tat, now))
    .bind(now)
    .bind(local.rate.ceiling(now))
    .bind(local.rate.stray(now))
    .fetch_one(connection)
    .await
    .map_err(failed)
}

#[async_trait]
impl LimitStore for Store {
    async fn spend(&self, spend: Spend) -> Result<Standing, StoreError> {
        if spend.cost == 0 {
            let mut connection = self.reader().acquire().await.map_err(failed)?;
            return spend_on(&mut connection, &spend).await;
        }
        self.spend_now(spend).await
    }

    async fn add_local_uses(&self, uses: &[LocalUse], now: Nanos) -> Result<Vec<Nanos>, StoreError> {
        let (store, uses) = (self.clone(), uses.to_vec());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let mut together = Vec::with_capacity(uses.len());
            for local in &uses {
                together.push(add_local_use(&mut write, local, now).await?);
            }
            write.commit_unaudited().await?;
            Ok(together)
        })
        .await
    }

    async fn limit_tats(&self, ids: &[Arc<str>]) -> Result<HashMap<String, Nanos>, StoreError> {
        let mut tats = HashMap::new();
        for ids in ids.chunks(500) {
            let mut query = QueryBuilder::<Db>::new("SELECT id, tat FROM rate_limits WHERE id IN (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.to_string());
            }
            query.push(")");
            let rows = query.build().persistent(ids.len() == 1).fetch_all(self.reader()).await.map_err(failed)?;
            for row in &rows {
                tats.insert(get(row, "id")?, get(row, "tat")?);
            }
        }
        Ok(tats)
    }

    async fn limits_since(&self, at: Nanos) -> Result<Vec<(String, Nanos)>, StoreError> {
        let rows = sqlx::query("SELECT id, tat FROM rate_limits WHERE synced_at >= $1")
            .bind(at)
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(|row| Ok((get(row, "id")?, get(row, "tat")?))).collect()
    }

    async fn delete_full_limits(&self, at: Nanos) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM rate_limits WHERE tat <= $1", at)]).await
    }

    async fn credits_left(&self, subjects: &[String]) -> Result<HashMap<String, CreditsLeft>, StoreError> {
        let mut left = HashMap::new();
        for subjects in subjects.chunks(500) {
            let mut query = QueryBuilder::<Db>::new(
                "SELECT subject, remaining, granted, refilled_at FROM credits WHERE subject IN (",
            );
            let mut list = query.separated(", ");
            for subject in subjects {
                list.push_bind(subject);
            }
            query.push(")");
            let rows = query.build().persistent(subjects.len() == 1).fetch_all(self.reader()).await.map_err(failed)?;
            for row in &rows {
                left.insert(get(row, "subject")?, credits(row)?);
            }
        }
        Ok(left)
    }

    async fn note_limit_warning(
        &self,
        id: &str,
        day: i64,
        percent: i64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, id, audit) = (self.clone(), id.to_owned(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query(
                "INSERT INTO limit_warnings (id, day, percent) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET \
                 day = excluded.day, percent = excluded.percent WHERE limit_warnings.day < excluded.day \
                 OR limit_warnings.day = excluded.day AND limit_warnings.percent < excluded.percent",
            )
            .bind(&id)
            .bind(day)
            .bind(percent)
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn delete_limit_warnings_before(&self, day: i64) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM limit_warnings WHERE day < $1", day)]).await
    }
}
