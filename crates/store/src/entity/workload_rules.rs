//! Which tokens of outside issuers stand for whom. No change is logged: nothing that is remembered stands on a rule.

use async_trait::async_trait;
use latchkey_core::ports::{AuditEntry, StoreError, WorkloadRuleStore};
use latchkey_core::workloads::{MAX_WORKLOAD_RULES, WorkloadRule};
use latchkey_types::{OrgId, WorkloadRuleId};

use super::columns::{get, parsed, time};
use super::{Connection, Row, Store, client_keys, orgs};
use crate::error::{corrupt, failed};
use crate::search::is_storable;
use crate::task::in_task;

macro_rules! select_rules {
    () => {
        "SELECT id, org_id, issuer, audience, claims, jwks, principal, created_at, created_by FROM workload_rules WHERE "
    };
}

fn rule(row: &Row) -> Result<WorkloadRule, StoreError> {
    Ok(WorkloadRule {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        issuer: get(row, "issuer")?,
        audience: get(row, "audience")?,
        claims: serde_json::from_str(get(row, "claims")?).map_err(corrupt)?,
        jwks: get(row, "jwks")?,
        principal: get(row, "principal")?,
        created_at: time(row, "created_at")?,
        created_by: get(row, "created_by")?,
    })
}

async fn insert(connection: &mut Connection, rule: &WorkloadRule) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO workload_rules (id, org_id, issuer, audience, claims, jwks, principal, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(rule.id.as_str())
    .bind(rule.org.as_str())
    .bind(&rule.issuer)
    .bind(&rule.audience)
    .bind(serde_json::to_string(&rule.claims).map_err(corrupt)?)
    .bind(&rule.jwks)
    .bind(&rule.principal)
    .bind(rule.created_at.as_millis())
    .bind(&rule.created_by)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

const COUNT: &str = "SELECT COUNT(*) FROM workload_rules WHERE org_id = $1";

#[async_trait]
impl WorkloadRuleStore for Store {
    async fn insert_workload_rule(&self, rule: &WorkloadRule, audit: &AuditEntry) -> Result<bool, StoreError> {
        let (store, rule, audit) = (self.clone(), rule.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            orgs::lock(&mut write, &rule.org).await?;
            client_keys::lock_holder(&mut write, &rule.org, &rule.principal).await?;
            if orgs::count(&mut write, COUNT, &rule.org).await? >= MAX_WORKLOAD_RULES {
                return Ok(false);
            }
            insert(&mut write, &rule).await?;
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn list_workload_rules(&self, org: &OrgId) -> Result<Vec<WorkloadRule>, StoreError> {
        let rows = sqlx::query(concat!(select_rules!(), "org_id = $1 ORDER BY created_at DESC, id DESC"))
            .bind(org.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(rule).collect()
    }

    async fn workload_rules_for(&self, issuer: &str, principal: Option<&str>) -> Result<Vec<WorkloadRule>, StoreError> {
        if !is_storable(issuer) || !principal.is_none_or(is_storable) {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(concat!(
            select_rules!(),
            "issuer = $1 AND (CAST($2 AS TEXT) IS NULL OR principal = $2) ORDER BY created_at, id"
        ))
        .bind(issuer)
        .bind(principal)
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(rule).collect()
    }

    async fn delete_workload_rule(
        &self,
        org: &OrgId,
        id: &WorkloadRuleId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let statement = "DELETE FROM workload_rules WHERE id = $1 AND org_id = $2";
        self.delete_own(statement, org, id.as_str(), audit).await
    }
}
