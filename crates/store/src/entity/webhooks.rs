//! Where notices are posted to. No change is logged: nothing that is remembered stands on a row.

use async_trait::async_trait;
use latchkey_core::notices::NoticeKind;
use latchkey_core::ports::{AuditEntry, StoreError, WebhookStore};
use latchkey_core::vault::Sealed;
use latchkey_core::webhooks::{DisabledReason, MAX_WEBHOOKS, PreviousSecret, StoredWebhook, Webhook, WebhookChange};
use latchkey_types::{OrgId, Timestamp, WebhookId};

use super::columns::{find_word, get, parsed, time, time_option, words};
use super::{Connection, Row, Store, deliveries, orgs};
use crate::error::{corrupt, failed};
use crate::task::in_task;

macro_rules! select_webhooks {
    () => {
        "SELECT id, org_id, url, kinds, created_at, created_by, disabled_at, disabled_reason, sealed, sealed_by, \
         previous_sealed, previous_sealed_by, previous_until FROM webhooks WHERE "
    };
}

/// Kinds for a TEXT column.
pub(super) fn kinds_text(kinds: &[NoticeKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    let reason: Option<&str> = get(row, "disabled_reason")?;
    let reason = reason.map(|word| {
        find_word(word, &DisabledReason::ALL, DisabledReason::as_str)
            .ok_or_else(|| corrupt("disabled_reason: unknown word"))
    });
    Ok(Webhook {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        url: get(row, "url")?,
        kinds: words(row, "kinds")?,
        created_at: time(row, "created_at")?,
        created_by: get(row, "created_by")?,
        disabled: time_option(row, "disabled_at")?.zip(reason.transpose()?),
        previous_secret_until: time_option(row, "previous_until")?,
    })
}

fn stored(row: &Row) -> Result<StoredWebhook, StoreError> {
    let (bytes, by): (Option<Vec<u8>>, Option<String>) =
        (get(row, "previous_sealed")?, get(row, "previous_sealed_by")?);
    let previous = bytes.zip(by).zip(time_option(row, "previous_until")?);
    Ok(StoredWebhook {
        webhook: webhook(row)?,
        sealed: Sealed { bytes: get(row, "sealed")?, by: get(row, "sealed_by")? },
        previous: previous.map(|((bytes, by), until)| PreviousSecret { sealed: Sealed { bytes, by }, until }),
    })
}

const COUNT: &str = "SELECT COUNT(*) FROM webhooks WHERE org_id = $1";

async fn insert(connection: &mut Connection, new: &StoredWebhook) -> Result<(), StoreError> {
    let StoredWebhook { webhook, sealed, .. } = new;
    sqlx::query(
        "INSERT INTO webhooks (id, org_id, url, kinds, created_at, created_by, sealed, sealed_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(webhook.id.as_str())
    .bind(webhook.org.as_str())
    .bind(&webhook.url)
    .bind(kinds_text(&webhook.kinds))
    .bind(webhook.created_at.as_millis())
    .bind(&webhook.created_by)
    .bind(&sealed.bytes)
    .bind(&sealed.by)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &WebhookId,
    change: WebhookChange,
) -> Result<Webhook, StoreError> {
    let row = sqlx::query(concat!(select_webhooks!(), "org_id = $1 AND id = $2", for_update!()))
        .bind(org.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    let before = webhook(&row.ok_or(StoreError::NotFound)?)?;
    let after = Webhook {
        url: change.url.unwrap_or(before.url),
        kinds: change.kinds.unwrap_or(before.kinds),
        disabled: change.disabled.unwrap_or(before.disabled),
        ..before
    };
    sqlx::query("UPDATE webhooks SET url = $2, kinds = $3, disabled_at = $4, disabled_reason = $5 WHERE id = $1")
        .bind(id.as_str())
        .bind(&after.url)
        .bind(kinds_text(&after.kinds))
        .bind(after.disabled.map(|(at, _)| at.as_millis()))
        .bind(after.disabled.map(|(_, reason)| reason.as_str()))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(after)
}

async fn replace_secrets(
    connection: &mut Connection,
    before: &Sealed,
    after: &StoredWebhook,
) -> Result<bool, StoreError> {
    let previous = after.previous.as_ref();
    let done = sqlx::query(
        "UPDATE webhooks SET sealed = $3, sealed_by = $4, previous_sealed = $5, previous_sealed_by = $6, \
         previous_until = $7 WHERE id = $1 AND sealed = $2",
    )
    .bind(after.webhook.id.as_str())
    .bind(&before.bytes)
    .bind(&after.sealed.bytes)
    .bind(&after.sealed.by)
    .bind(previous.map(|previous| previous.sealed.bytes.clone()))
    .bind(previous.map(|previous| previous.sealed.by.clone()))
    .bind(previous.map(|previous| previous.until.as_millis()))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl WebhookStore for Store {
    async fn insert_webhook(&self, webhook: &StoredWebhook, audit: &AuditEntry) -> Result<bool, StoreError> {
        let (store, new, audit) = (self.clone(), webhook.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            orgs::lock(&mut write, &new.webhook.org).await?;
            if orgs::count(&mut write, COUNT, &new.webhook.org).await? >= MAX_WEBHOOKS {
                return Ok(false);
            }
            insert(&mut write, &new).await?;
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn list_webhooks(&self, org: &OrgId) -> Result<Vec<Webhook>, StoreError> {
        let rows = sqlx::query(concat!(select_webhooks!(), "org_id = $1 ORDER BY created_at DESC, id DESC"))
            .bind(org.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(webhook).collect()
    }

    async fn find_webhook(&self, org: &OrgId, id: &WebhookId) -> Result<Option<StoredWebhook>, StoreError> {
        let row = sqlx::query(concat!(select_webhooks!(), "org_id = $1 AND id = $2"))
            .bind(org.as_str())
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        row.as_ref().map(stored).transpose()
    }

    async fn update_webhook(
        &self,
        org: &OrgId,
        id: &WebhookId,
        change: &WebhookChange,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Webhook, StoreError> {
        let (store, org, id, change, audit) = (self.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let after = update(&mut write, &org, &id, change).await?;
            if after.disabled.is_some() {
                deliveries::give_up(&mut write, &id, now).await?;
            }
            write.commit(&audit).await?;
            Ok(after)
        })
        .await
    }

    async fn replace_webhook_secrets(
        &self,
        webhooks: &[(Sealed, StoredWebhook)],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, webhooks, audit) = (self.clone(), webhooks.to_vec(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            for (before, after) in &webhooks {
                if !replace_secrets(&mut write, before, after).await? {
                    return Ok(false);
                }
            }
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn webhooks_sealed_by_others(&self, current: &str) -> Result<Vec<StoredWebhook>, StoreError> {
        let rows = sqlx::query(concat!(
            select_webhooks!(),
            "sealed_by <> $1 OR (previous_sealed_by IS NOT NULL AND previous_sealed_by <> $1) ORDER BY id"
        ))
        .bind(current)
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(stored).collect()
    }

    async fn delete_webhook(&self, org: &OrgId, id: &WebhookId, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let mut deleted = 0;
            // the webhook last: deliveries name it
            for statement in [
                "DELETE FROM deliveries WHERE webhook_id = $1 AND org_id = $2",
                "DELETE FROM webhooks WHERE id = $1 AND org_id = $2",
            ] {
                deleted = sqlx::query(statement)
                    .bind(id.as_str())
                    .bind(org.as_str())
                    .execute(&mut *write)
                    .await
                    .map_err(failed)?
                    .rows_affected();
            }
            if deleted == 0 {
                return Err(StoreError::NotFound);
            }
            write.commit(&audit).await
        })
        .await
    }
}
