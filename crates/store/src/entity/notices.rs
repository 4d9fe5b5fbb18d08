//! What organisations are told. No change is logged: nothing that is remembered stands on a row.

use async_trait::async_trait;
use latchkey_core::deliveries::NewDelivery;
use latchkey_core::notices::{Expiring, Notice, NoticeSettings, ReadPosition};
use latchkey_core::ports::{AuditEntry, Listed, NoticeStore, Page, StoreError};
use latchkey_types::{NoticeId, OrgId, Timestamp, UserId};
use sqlx::QueryBuilder;

use super::columns::{get, json, object, parsed, parsed_option, time, time_option, words};
use super::lists::NewestFirst;
use super::webhooks::kinds_text;
use super::{Connection, Db, Row, Store, audit, deliveries};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// Members who may get mails: owners and admins with a verified address who want them.
macro_rules! mail_readers {
    () => {
        "FROM notice_readers r JOIN members m ON m.org_id = r.org_id AND m.user_id = r.user_id \
         JOIN users u ON u.id = r.user_id WHERE r.org_id = $1 AND r.wants_mail = TRUE AND m.role IN ('owner', 'admin') \
         AND u.email_verified = TRUE AND u.email IS NOT NULL"
    };
}

fn notice(row: &Row) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        kind: parsed(row, "kind")?,
        source: get(row, "source")?,
        subject_type: get(row, "subject_type")?,
        subject_id: get(row, "subject_id")?,
        subject_name: get(row, "subject_name")?,
        at: time(row, "at")?,
        created_at: time(row, "created_at")?,
        detail: object(row, "detail")?,
    })
}

fn expiring(row: &Row) -> Result<Expiring, StoreError> {
    Ok(Expiring {
        org: parsed(row, "org_id")?,
        subject_type: get(row, "subject_type")?,
        subject_id: get(row, "id")?,
        name: get(row, "name")?,
        holder: get(row, "holder")?,
        expires_at: time(row, "expires_at")?,
    })
}

/// Whether its source wasn't told yet.
async fn insert(connection: &mut Connection, notice: &Notice) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO notices (id, org_id, kind, source, subject_type, subject_id, subject_name, at, created_at, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (source) DO NOTHING",
    )
    .bind(notice.id.as_str())
    .bind(notice.org.as_str())
    .bind(notice.kind.as_str())
    .bind(&notice.source)
    .bind(&notice.subject_type)
    .bind(&notice.subject_id)
    .bind(&notice.subject_name)
    .bind(notice.at.as_millis())
    .bind(notice.created_at.as_millis())
    .bind(json(&notice.detail))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl NoticeStore for Store {
    async fn notice_cursor(&self, first: Timestamp) -> Result<Timestamp, StoreError> {
        let read = "SELECT at FROM notice_cursor WHERE id = 1";
        let at: Option<i64> = sqlx::query_scalar(read).fetch_optional(self.reader()).await.map_err(failed)?;
        if let Some(at) = at {
            return Ok(Timestamp::from_millis(at));
        }
        self.advance_notice_cursor(first).await?;
        Ok(first)
    }

    async fn advance_notice_cursor(&self, to: Timestamp) -> Result<(), StoreError> {
        let store = self.clone();
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query(
                "INSERT INTO notice_cursor (id, at) VALUES (1, $1) \
                 ON CONFLICT (id) DO UPDATE SET at = $1 WHERE notice_cursor.at < $1",
            )
            .bind(to.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn audit_without_notice(
        &self,
        actions: &[&str],
        after: &(Timestamp, String),
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut query = QueryBuilder::<Db>::new(concat!(
            "SELECT a.id, a.org_id, a.at, a.actor_kind, a.actor_id, a.action, a.target_type, a.target_id, a.outcome, a.ip, ",
            "a.detail FROM audit a WHERE a.action IN ("
        ));
        let mut words = query.separated(", ");
        for action in actions {
            words.push_bind((*action).to_owned());
        }
        query.push(") AND a.outcome = 'done' AND a.org_id IS NOT NULL AND (a.at, a.id) > (");
        query.push_bind(after.0.as_millis()).push(", ").push_bind(after.1.clone());
        query.push(") AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.source = a.id) ORDER BY a.at, a.id LIMIT ");
        query.push_bind(i64::from(limit));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        rows.iter().map(audit::entry).collect()
    }

    async fn expiring_without_notice(
        &self,
        days: i64,
        after: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Expiring>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.org_id, c.subject_type, c.id, c.name, c.holder, c.expires_at FROM ( \
             SELECT k.org_id, 'key' AS subject_type, k.id, k.name, NULL AS holder, k.expires_at, k.created_at FROM keys k \
             WHERE k.expires_at > $2 AND k.expires_at <= $3 AND k.revoked_at IS NULL AND k.disabled_at IS NULL \
             UNION ALL SELECT m.org_id, 'management_key', m.id, m.name, NULL, m.expires_at, m.created_at \
             FROM management_keys m WHERE m.expires_at > $2 AND m.expires_at <= $3 AND m.revoked_at IS NULL \
             AND m.org_id IS NOT NULL \
             UNION ALL SELECT a.org_id, 'app_key', p.id, p.kid, p.holder, p.expires_at, p.created_at \
             FROM public_keys p JOIN apps a ON a.id = p.holder WHERE p.expires_at > $2 AND p.expires_at <= $3 \
             AND a.revoked_at IS NULL AND a.deleted_at IS NULL AND a.disabled_at IS NULL \
             UNION ALL SELECT s.org_id, 'service_account_key', p.id, p.kid, p.holder, p.expires_at, p.created_at \
             FROM public_keys p JOIN service_accounts s ON s.id = p.holder WHERE p.expires_at > $2 AND p.expires_at <= $3 \
             AND s.revoked_at IS NULL AND s.deleted_at IS NULL AND s.disabled_at IS NULL) AS c \
             WHERE c.created_at < c.expires_at - $4 AND NOT EXISTS (SELECT 1 FROM notices n \
             WHERE n.source = 'expiry/' || c.id || $1 || CAST(c.expires_at AS TEXT)) \
             ORDER BY c.expires_at, c.id LIMIT $5",
        )
        .bind(format!("/{days}/"))
        .bind(after.as_millis())
        .bind(until.as_millis())
        .bind(days.saturating_mul(86_400_000))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(expiring).collect()
    }

    async fn insert_notice(&self, notice: &Notice, new: &[NewDelivery]) -> Result<bool, StoreError> {
        let (store, notice, new) = (self.clone(), notice.clone(), new.to_vec());
        in_task(async move {
            let mut write = store.begin_write().await?;
            if !insert(&mut write, &notice).await? {
                return Ok(false);
            }
            for delivery in &new {
                deliveries::insert_or_gather(&mut write, delivery).await?;
            }
            write.commit_unaudited().await?;
            Ok(true)
        })
        .await
    }

    async fn list_notices(&self, org: &OrgId, page: &Page) -> Result<Listed<Notice>, StoreError> {
        let select = "SELECT id, org_id, kind, source, subject_type, subject_id, subject_name, at, created_at, detail \
                      FROM notices WHERE org_id = ";
        NewestFirst::new(select, "notices", org, page)?
            .fetch(self, notice, |notice| cursor::at_time(notice.created_at, notice.id.as_str()))
            .await
    }

    async fn notices_read(&self, org: &OrgId, user: &UserId) -> Result<Option<ReadPosition>, StoreError> {
        let row = sqlx::query("SELECT read_at, read_id FROM notice_readers WHERE org_id = $1 AND user_id = $2")
            .bind(org.as_str())
            .bind(user.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let position = time_option(&row, "read_at")?.zip(parsed_option(&row, "read_id")?);
        Ok(position.map(|(at, id)| ReadPosition { at, id }))
    }

    async fn count_unread_notices(&self, org: &OrgId, user: &UserId, most: u32) -> Result<u32, StoreError> {
        let read = self.notices_read(org, user).await?;
        let (at, id) = read.map_or((i64::MIN, String::new()), |read| (read.at.as_millis(), read.id.to_string()));
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM (SELECT 1 FROM notices WHERE org_id = $1 AND (created_at, id) > ($2, $3) LIMIT $4) AS unread",
        )
        .bind(org.as_str())
        .bind(at)
        .bind(id)
        .bind(i64::from(most))
        .fetch_one(self.reader())
        .await
        .map_err(failed)?;
        u32::try_from(count).map_err(corrupt)
    }

    async fn mark_notices_read(&self, org: &OrgId, user: &UserId, until: &NoticeId) -> Result<(), StoreError> {
        let (store, org, user, until) = (self.clone(), org.clone(), user.clone(), until.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let at: i64 = sqlx::query_scalar("SELECT created_at FROM notices WHERE id = $1 AND org_id = $2")
                .bind(until.as_str())
                .bind(org.as_str())
                .fetch_one(&mut *write)
                .await
                .map_err(failed)?;
            sqlx::query(
                "INSERT INTO notice_readers (org_id, user_id, read_at, read_id) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (org_id, user_id) DO UPDATE SET read_at = $3, read_id = $4 \
                 WHERE notice_readers.read_at IS NULL OR (notice_readers.read_at, notice_readers.read_id) < ($3, $4)",
            )
            .bind(org.as_str())
            .bind(user.as_str())
            .bind(at)
            .bind(until.as_str())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit_unaudited().await
        })
        .await
    }

    async fn notice_settings(&self, org: &OrgId) -> Result<NoticeSettings, StoreError> {
        let row = sqlx::query("SELECT email_kinds FROM notice_settings WHERE org_id = $1")
            .bind(org.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(NoticeSettings::default()) };
        Ok(NoticeSettings { email_kinds: words(&row, "email_kinds")? })
    }

    async fn set_notice_settings(
        &self,
        org: &OrgId,
        settings: &NoticeSettings,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, settings, audit) = (self.clone(), org.clone(), settings.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query(
                "INSERT INTO notice_settings (org_id, email_kinds) VALUES ($1, $2) \
                 ON CONFLICT (org_id) DO UPDATE SET email_kinds = $2",
            )
            .bind(org.as_str())
            .bind(kinds_text(&settings.email_kinds))
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit(&audit).await
        })
        .await
    }

    async fn wants_mail(&self, org: &OrgId, user: &UserId) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM notice_readers WHERE org_id = $1 AND user_id = $2 AND wants_mail = TRUE)",
        )
        .bind(org.as_str())
        .bind(user.as_str())
        .fetch_one(self.reader())
        .await
        .map_err(failed)
    }

    async fn set_wants_mail(
        &self,
        org: &OrgId,
        user: &UserId,
        wants: bool,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, user, audit) = (self.clone(), org.clone(), user.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            sqlx::query(
                "INSERT INTO notice_readers (org_id, user_id, wants_mail) VALUES ($1, $2, $3) \
                 ON CONFLICT (org_id, user_id) DO UPDATE SET wants_mail = $3",
            )
            .bind(org.as_str())
            .bind(user.as_str())
            .bind(wants)
            .execute(&mut *write)
            .await
            .map_err(failed)?;
            write.commit(&audit).await
        })
        .await
    }

    async fn mail_readers(&self, org: &OrgId) -> Result<Vec<UserId>, StoreError> {
        let rows = sqlx::query(concat!("SELECT u.id ", mail_readers!(), " ORDER BY u.id"))
            .bind(org.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(|row| parsed(row, "id")).collect()
    }

    async fn mail_address(&self, org: &OrgId, user: &UserId) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar(concat!("SELECT u.email ", mail_readers!(), " AND u.id = $2"))
            .bind(org.as_str())
            .bind(user.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)
    }

    async fn delete_notices_before(&self, at: Timestamp) -> Result<u64, StoreError> {
        self.reap([("DELETE FROM notices WHERE created_at < $1", at.as_millis())]).await
    }
}
