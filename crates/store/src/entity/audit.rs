//! The audit log.

use async_trait::async_trait;
use latchkey_core::audit::{AuditFilter, AuditOutcome};
use latchkey_core::ports::{AuditEntry, AuditStore, Listed, Page, StoreError};
use sqlx::QueryBuilder;

use super::columns::{get, json, object, one_of, parsed, parsed_option, time};
use super::{Connection, Db, Row, Store};
use crate::cursor;
use crate::error::failed;
use crate::search::{Prefix, is_storable};
use crate::task::in_task;

pub(super) async fn insert(connection: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (id, org_id, at, actor_kind, actor_id, action, target_type, target_id, outcome, ip, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(entry.id.as_str())
    .bind(entry.org.as_ref().map(latchkey_types::OrgId::as_str))
    .bind(entry.at.as_millis())
    .bind(&entry.actor_kind)
    .bind(&entry.actor_id)
    .bind(&entry.action)
    .bind(&entry.target_type)
    .bind(&entry.target_id)
    .bind(entry.outcome.as_str())
    .bind(entry.ip.map(|ip| ip.to_string()))
    .bind(json(&entry.detail))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: parsed(row, "id")?,
        org: parsed_option(row, "org_id")?,
        at: time(row, "at")?,
        actor_kind: get(row, "actor_kind")?,
        actor_id: get(row, "actor_id")?,
        action: get(row, "action")?,
        target_type: get(row, "target_type")?,
        target_id: get(row, "target_id")?,
        outcome: one_of(row, "outcome", &[AuditOutcome::Done, AuditOutcome::Denied], AuditOutcome::as_str)?,
        ip: parsed_option(row, "ip")?,
        detail: object(row, "detail")?,
    })
}

#[async_trait]
impl AuditStore for Store {
    async fn insert_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let (store, entry) = (self.clone(), entry.clone());
        in_task(async move { store.begin_write().await?.commit(&entry).await }).await
    }

    async fn list_audit(&self, filter: &AuditFilter, page: &Page) -> Result<Listed<AuditEntry>, StoreError> {
        let (at, id) = cursor::by_time(page)?;
        let texts = [&filter.action, &filter.actor, &filter.target];
        if !texts.into_iter().flatten().all(|text| is_storable(text)) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        let mut query = QueryBuilder::<Db>::new(
            "SELECT id, org_id, at, actor_kind, actor_id, action, target_type, target_id, outcome, ip, detail \
             FROM audit WHERE (at, id) < (",
        );
        query.push_bind(at).push(", ").push_bind(id).push(")");
        if let Some(org) = &filter.org {
            query.push(" AND org_id = ").push_bind(org.as_str());
        }
        if let Some(action) = &filter.action {
            if action.ends_with('.') {
                let prefix = Prefix::exact(action);
                query.push(" AND action >= ").push_bind(prefix.from).push(" AND action < ").push_bind(prefix.to);
            } else {
                query.push(" AND action = ").push_bind(action);
            }
        }
        if let Some(actor) = &filter.actor {
            query.push(" AND actor_id = ").push_bind(actor);
        }
        if let Some(target) = &filter.target {
            query.push(" AND target_id = ").push_bind(target);
        }
        if let Some(from) = filter.from {
            query.push(" AND at >= ").push_bind(from.as_millis());
        }
        if let Some(to) = filter.to {
            query.push(" AND at < ").push_bind(to.as_millis());
        }
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, entries, |entry| cursor::at_time(entry.at, entry.id.as_str())))
    }
}
