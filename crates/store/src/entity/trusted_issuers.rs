//! Whose users' tokens an organisation takes. No change is logged: nothing that is remembered stands on a row.

use async_trait::async_trait;
use latchkey_core::ports::{AuditEntry, StoreError, TrustedIssuerStore};
use latchkey_core::trusted_issuers::{MAX_TRUSTED_ISSUERS, TrustedIssuer};
use latchkey_types::{OrgId, TrustedIssuerId};

use super::columns::{get, parsed, time};
use super::{Connection, Row, Store, orgs};
use crate::error::failed;
use crate::search::is_storable;
use crate::task::in_task;

macro_rules! select_issuers {
    () => {
        "SELECT id, org_id, issuer, audience, jwks, created_at, created_by FROM trusted_issuers WHERE "
    };
}

fn issuer(row: &Row) -> Result<TrustedIssuer, StoreError> {
    Ok(TrustedIssuer {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        issuer: get(row, "issuer")?,
        audience: get(row, "audience")?,
        jwks: get(row, "jwks")?,
        created_at: time(row, "created_at")?,
        created_by: get(row, "created_by")?,
    })
}

async fn insert(connection: &mut Connection, issuer: &TrustedIssuer) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO trusted_issuers (id, org_id, issuer, audience, jwks, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(issuer.id.as_str())
    .bind(issuer.org.as_str())
    .bind(&issuer.issuer)
    .bind(&issuer.audience)
    .bind(&issuer.jwks)
    .bind(issuer.created_at.as_millis())
    .bind(&issuer.created_by)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

const COUNT: &str = "SELECT COUNT(*) FROM trusted_issuers WHERE org_id = $1";

#[async_trait]
impl TrustedIssuerStore for Store {
    async fn insert_trusted_issuer(&self, issuer: &TrustedIssuer, audit: &AuditEntry) -> Result<bool, StoreError> {
        let (store, issuer, audit) = (self.clone(), issuer.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            orgs::lock(&mut write, &issuer.org).await?;
            if orgs::count(&mut write, COUNT, &issuer.org).await? >= MAX_TRUSTED_ISSUERS {
                return Ok(false);
            }
            insert(&mut write, &issuer).await?;
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn list_trusted_issuers(&self, org: &OrgId) -> Result<Vec<TrustedIssuer>, StoreError> {
        let rows = sqlx::query(concat!(select_issuers!(), "org_id = $1 ORDER BY created_at DESC, id DESC"))
            .bind(org.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        rows.iter().map(issuer).collect()
    }

    async fn find_trusted_issuer(&self, org: &OrgId, wanted: &str) -> Result<Option<TrustedIssuer>, StoreError> {
        if !is_storable(wanted) {
            return Ok(None);
        }
        let row = sqlx::query(concat!(select_issuers!(), "org_id = $1 AND issuer = $2"))
            .bind(org.as_str())
            .bind(wanted)
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?;
        row.as_ref().map(issuer).transpose()
    }

    async fn delete_trusted_issuer(
        &self,
        org: &OrgId,
        id: &TrustedIssuerId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let statement = "DELETE FROM trusted_issuers WHERE id = $1 AND org_id = $2";
        self.delete_own(statement, org, id.as_str(), audit).await
    }
}
