//! What is sent of notices. No change is logged: nothing that is remembered stands on a row.

use async_trait::async_trait;
use latchkey_core::deliveries::{Attempt, Claimed, Delivery, DeliveryState, DeliveryTarget, NewDelivery, Outcome};
use latchkey_core::ports::{AuditEntry, DeliveryStore, Listed, Page, StoreError};
use latchkey_types::{DeliveryId, OrgId, Timestamp, WebhookId};
use sqlx::QueryBuilder;

use super::columns::{get, number, one_of, parsed, parsed_option, time, time_option};
use super::lists::NewestFirst;
use super::{Connection, Db, Row, Store};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::task::in_task;

macro_rules! columns {
    () => {
        "id, message_id, event, webhook_id, user_id, title, state, attempts, next_at, created_at, finished_at, \
         last_status, last_error"
    };
}

/// The longest text of a mail that gathers notices, in characters.
const LONGEST_MAIL: i64 = 60_000;

fn target(row: &Row) -> Result<DeliveryTarget, StoreError> {
    match (parsed_option(row, "webhook_id")?, parsed_option(row, "user_id")?) {
        (Some(webhook), None) => Ok(DeliveryTarget::Webhook(webhook)),
        (None, Some(user)) => Ok(DeliveryTarget::Mail(user)),
        _ => Err(corrupt("a delivery has one receiver")),
    }
}

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let status: Option<i64> = get(row, "last_status")?;
    Ok(Delivery {
        id: parsed(row, "id")?,
        message: parsed(row, "message_id")?,
        event: get(row, "event")?,
        target: target(row)?,
        title: get(row, "title")?,
        state: one_of(row, "state", &DeliveryState::ALL, DeliveryState::as_str)?,
        attempts: number(row, "attempts")?,
        next_at: time(row, "next_at")?,
        created_at: time(row, "created_at")?,
        finished_at: time_option(row, "finished_at")?,
        last_status: status.map(u16::try_from).transpose().map_err(corrupt)?,
        last_error: get(row, "last_error")?,
    })
}

fn claimed(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        message: parsed(row, "message_id")?,
        target: target(row)?,
        title: get(row, "title")?,
        body: get(row, "body")?,
        parts: number(row, "parts")?,
        attempt: number(row, "attempts")?,
    })
}

/// [`StoreError::NotFound`] where its webhook or person is gone.
pub(super) async fn insert(connection: &mut Connection, new: &NewDelivery) -> Result<(), StoreError> {
    let (webhook, user) = match &new.target {
        DeliveryTarget::Webhook(id) => (Some(id.as_str()), None),
        DeliveryTarget::Mail(user) => (None, Some(user.as_str())),
    };
    sqlx::query(
        "INSERT INTO deliveries (id, org_id, message_id, event, webhook_id, user_id, title, body, parts, state, attempts, \
         next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'waiting', 0, $9, $10)",
    )
    .bind(new.id.as_str())
    .bind(new.org.as_str())
    .bind(new.message.as_str())
    .bind(&new.event)
    .bind(webhook)
    .bind(user)
    .bind(&new.title)
    .bind(&new.body)
    .bind(new.next_at.as_millis())
    .bind(new.created_at.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The same; but a mail is put into one that waits for the same person and wasn't tried yet.
pub(super) async fn insert_or_gather(connection: &mut Connection, new: &NewDelivery) -> Result<(), StoreError> {
    if let DeliveryTarget::Mail(user) = &new.target {
        let done = sqlx::query(
            "UPDATE deliveries SET parts = parts + 1, body = body || $4 WHERE id = (SELECT id FROM deliveries \
             WHERE user_id = $1 AND org_id = $2 AND state = 'waiting' AND attempts = 0 AND LENGTH(body) < $3 \
             ORDER BY +created_at, id LIMIT 1) AND state = 'waiting' AND attempts = 0",
        )
        .bind(user.as_str())
        .bind(new.org.as_str())
        .bind(LONGEST_MAIL)
        .bind(format!("\n{}", new.body))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
    }
    insert(connection, new).await
}

/// Ends all that waits for a webhook.
pub(super) async fn give_up(connection: &mut Connection, id: &WebhookId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE deliveries SET state = 'failed', finished_at = $2, last_error = 'the webhook was switched off' \
         WHERE webhook_id = $1 AND state = 'waiting'",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

#[async_trait]
impl DeliveryStore for Store {
    async fn insert_delivery(&self, new: &NewDelivery, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, new, audit) = (self.clone(), new.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            insert(&mut write, &new).await?;
            write.commit(&audit).await
        })
        .await
    }

    /// The conditions stand twice: who waits for a row that another replica is taking sees it as that one left it.
    async fn claim_deliveries(&self, now: Timestamp, lease: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError> {
        let store = self.clone();
        in_task(async move {
            let due: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'waiting' AND next_at <= $1)",
            )
            .bind(now.as_millis())
            .fetch_one(store.reader())
            .await
            .map_err(failed)?;
            if !due {
                return Ok(Vec::new());
            }
            let mut write = store.begin_write().await?;
            let rows = sqlx::query(
                "UPDATE deliveries SET attempts = attempts + 1, next_at = $2 WHERE id IN (SELECT id FROM ( \
                 SELECT d.id, d.next_at, ROW_NUMBER() OVER (PARTITION BY d.org_id ORDER BY d.next_at, d.id) AS turn \
                 FROM deliveries d JOIN orgs o ON o.id = d.org_id \
                 WHERE d.state = 'waiting' AND d.next_at <= $1 AND o.suspended_at IS NULL) AS due \
                 ORDER BY turn, next_at, id LIMIT $3) AND state = 'waiting' AND next_at <= $1 \
                 RETURNING id, org_id, message_id, webhook_id, user_id, title, body, parts, attempts",
            )
            .bind(now.as_millis())
            .bind(lease.as_millis())
            .bind(i64::from(limit))
            .fetch_all(&mut *write)
            .await
            .map_err(failed)?;
            let taken = rows.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
            write.commit_unaudited().await?;
            Ok(taken)
        })
        .await
    }

    async fn finish_delivery(
        &self,
        id: &DeliveryId,
        attempt: u32,
        ended: &Attempt,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (store, id, ended) = (self.clone(), id.clone(), ended.clone());
        in_task(async move {
            let (state, next_at) = match ended.outcome {
                Outcome::Delivered => (DeliveryState::Delivered, None),
                Outcome::Failed => (DeliveryState::Failed, None),
                Outcome::Again(at) => (DeliveryState::Waiting, Some(at.as_millis())),
            };
            let finished = next_at.is_none().then_some(now.as_millis());
            let mut write = store.begin_write().await?;
            let done = sqlx::query(
                "UPDATE deliveries SET state = $3, next_at = COALESCE($4, next_at), finished_at = $5, last_status = $6, \
                 last_error = $7 WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
            )
            .bind(id.as_str())
            .bind(i64::from(attempt))
            .bind(state.as_str())
            .bind(next_at)
            .bind(finished)
            .bind(ended.status.map(i64::from))
            .bind(&ended.error)
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit_unaudited().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn list_deliveries(
        &self,
        org: &OrgId,
        webhook: Option<&WebhookId>,
        page: &Page,
    ) -> Result<Listed<Delivery>, StoreError> {
        let select = concat!("SELECT ", columns!(), " FROM deliveries WHERE org_id = ");
        let mut list = NewestFirst::new(select, "deliveries", org, page)?;
        match webhook {
            Some(webhook) => list.query.push(" AND webhook_id = ").push_bind(webhook.as_str()),
            None => list.query.push(" AND user_id IS NOT NULL"),
        };
        list.fetch(self, delivery, |delivery| cursor::at_time(delivery.created_at, delivery.id.as_str())).await
    }

    async fn send_again(
        &self,
        org: &OrgId,
        webhook: Option<&WebhookId>,
        id: &DeliveryId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Delivery, StoreError> {
        let (store, org, webhook, id, audit) = (self.clone(), org.clone(), webhook.cloned(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let mut query =
                QueryBuilder::<Db>::new("UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = ");
            query.push_bind(now.as_millis()).push(", finished_at = NULL WHERE id = ").push_bind(id.as_str());
            query.push(" AND org_id = ").push_bind(org.as_str());
            match &webhook {
                Some(webhook) => query.push(" AND webhook_id = ").push_bind(webhook.as_str()),
                None => query.push(" AND user_id IS NOT NULL"),
            };
            query.push(concat!(" RETURNING ", columns!()));
            let row = query.build().fetch_optional(&mut *write).await.map_err(failed)?;
            let again = delivery(&row.ok_or(StoreError::NotFound)?)?;
            write.commit(&audit).await?;
            Ok(again)
        })
        .await
    }

    async fn delete_deliveries_before(&self, at: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM deliveries WHERE created_at < $1", at.as_millis())]).await
    }
}
