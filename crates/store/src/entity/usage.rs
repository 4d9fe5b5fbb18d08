//! Usage counters, written.

use std::collections::BTreeMap;

use async_trait::async_trait;
use latchkey_core::ports::{LastUse, StoreError, UsageBatch, UsageRow, UsageStore};
use latchkey_core::usage::{Bucket, UsagePoint, UsageQuery};
use latchkey_types::{OrgId, Timestamp};
use sqlx::QueryBuilder;

use super::{Connection, Db, Store, addresses, usage_series};
use crate::error::failed;
use crate::task::in_task;

/// Rows a statement: eight values each stay below what both databases bind (32 766 on `SQLite`).
const CHUNK: usize = 1_000;

/// The table of a bucket's length.
pub(super) const fn table(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Minute => "usage_minutes",
        Bucket::Hour => "usage_hours",
        Bucket::Day => "usage_days",
    }
}

/// What the primary key of the three tables says, in its order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct CounterKey<'a> {
    api: &'a str,
    starts_at: i64,
    credential: &'a str,
    generation: u32,
    outcome: &'static str,
}

struct Counter<'a> {
    holder: &'a str,
    api_owner: &'a str,
    n: i64,
}

/// Adds up what falls into one counter. In the key's order, so that two replicas never wait for each other in a circle.
fn counters(rows: &[UsageRow], bucket: Bucket) -> Vec<(CounterKey<'_>, Counter<'_>)> {
    let mut counters = BTreeMap::new();
    for row in rows {
        let key = CounterKey {
            api: row.api.as_str(),
            starts_at: row.minute.floor_to(bucket.seconds()).as_millis(),
            credential: row.credential.as_deref().unwrap_or_default(),
            generation: row.generation,
            outcome: row.outcome.as_str(),
        };
        let holder = row.holder.as_ref().map_or("", OrgId::as_str);
        let counter = Counter { holder, api_owner: row.api_owner.as_str(), n: 0 };
        counters.entry(key).or_insert(counter).n += row.count;
    }
    counters.into_iter().collect()
}

async fn add(connection: &mut Connection, rows: &[UsageRow], bucket: Bucket) -> Result<(), StoreError> {
    let counters = counters(rows, bucket);
    for chunk in counters.chunks(CHUNK) {
        let table = table(bucket);
        let mut query = QueryBuilder::<Db>::new(format!(
            "INSERT INTO {table} (api_id, starts_at, credential, generation, outcome, holder, api_owner, n) "
        ));
        query.push_values(chunk, |mut values, (key, counter)| {
            values.push_bind(key.api).push_bind(key.starts_at).push_bind(key.credential);
            values.push_bind(i64::from(key.generation)).push_bind(key.outcome);
            values.push_bind(counter.holder).push_bind(counter.api_owner).push_bind(counter.n);
        });
        query.push(format!(
            " ON CONFLICT (api_id, starts_at, credential, generation, outcome) DO UPDATE SET n = {table}.n + excluded.n"
        ));
        query.build().persistent(false).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

async fn note_last_uses(connection: &mut Connection, uses: &[LastUse]) -> Result<(), StoreError> {
    let mut latest: BTreeMap<(&str, u32), Timestamp> = BTreeMap::new();
    for last in uses {
        let at = latest.entry((&last.id, last.generation)).or_insert(last.at);
        *at = last.at.max(*at);
    }
    let latest: Vec<_> = latest.into_iter().collect();
    for chunk in latest.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO last_uses (id, generation, used_at) ");
        query.push_values(chunk, |mut values, ((id, generation), at)| {
            values.push_bind(*id).push_bind(i64::from(*generation)).push_bind(at.as_millis());
        });
        query.push(
            " ON CONFLICT (id, generation) DO UPDATE SET used_at = excluded.used_at WHERE last_uses.used_at < excluded.used_at",
        );
        query.build().persistent(false).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// Whether this source hasn't stored this sequence or a later one yet; if so, notes it.
async fn is_new(connection: &mut Connection, batch: &UsageBatch) -> Result<bool, StoreError> {
    let minutes = batch.rows.iter().map(|row| row.minute);
    let seen_at = minutes
        .chain(batch.last_uses.iter().map(|last| last.at))
        .chain(batch.networks.iter().map(|seen| seen.at))
        .max();
    let done = sqlx::query(
        "INSERT INTO usage_sources (source, sequence, seen_at) VALUES ($1, $2, $3) ON CONFLICT (source) DO UPDATE \
         SET sequence = excluded.sequence, \
         seen_at = CASE WHEN excluded.seen_at > usage_sources.seen_at THEN excluded.seen_at ELSE usage_sources.seen_at END \
         WHERE usage_sources.sequence < excluded.sequence",
    )
    .bind(&batch.source)
    .bind(batch.sequence)
    .bind(seen_at.map_or(0, Timestamp::as_millis))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl UsageStore for Store {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<bool, StoreError> {
        let (store, batch) = (self.clone(), batch.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if !is_new(&mut write, &batch).await? {
                return Ok(false);
            }
            for bucket in [Bucket::Minute, Bucket::Hour, Bucket::Day] {
                add(&mut write, &batch.rows, bucket).await?;
            }
            note_last_uses(&mut write, &batch.last_uses).await?;
            addresses::note_seen(&mut write, &batch.networks).await?;
            write.commit_unaudited().await?;
            Ok(true)
        })
        .await
    }

    async fn usage_series(&self, query: &UsageQuery) -> Result<Vec<UsagePoint>, StoreError> {
        usage_series::series(self, query).await
    }

    async fn delete_usage_before(&self, minutes_before: Timestamp, hours_before: Timestamp) -> Result<u64, StoreError> {
        let (minutes_before, hours_before) = (minutes_before.as_millis(), hours_before.as_millis());
        self.reap([
            ("DELETE FROM usage_minutes WHERE starts_at < $1", minutes_before),
            ("DELETE FROM usage_hours WHERE starts_at < $1", hours_before),
            ("DELETE FROM usage_sources WHERE seen_at < $1", minutes_before),
            ("DELETE FROM seen_networks WHERE seen_at < $1", hours_before),
        ])
        .await
    }
}
