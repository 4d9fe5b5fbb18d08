//! Credentials of every kind, as operators and API owners see them.

use async_trait::async_trait;
use latchkey_core::operator::CredentialSummary;
use latchkey_core::ports::{CredentialStore, Listed, Page, StoreError};
use latchkey_types::{ApiId, OrgId};
use sqlx::QueryBuilder;

use super::columns::{get, parsed, time, time_option};
use super::{Db, Row, Store};
use crate::cursor;
use crate::error::failed;
use crate::search::{Prefix, is_storable};

macro_rules! select_keys {
    () => {
        "SELECT k.id, k.kind, k.name, k.org_id, o.slug AS org_slug, k.created_at, k.expires_at, \
         (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = k.id) AS last_used_at, k.disabled_at, k.revoked_at \
         FROM keys k JOIN orgs o ON o.id = k.org_id WHERE "
    };
}
macro_rules! select_apps {
    () => {
        "SELECT p.id, 'app' AS kind, p.name, p.org_id, o.slug AS org_slug, p.created_at, CAST(NULL AS BIGINT) AS expires_at, \
         (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = p.id) AS last_used_at, p.disabled_at, p.revoked_at \
         FROM apps p JOIN orgs o ON o.id = p.org_id WHERE p.deleted_at IS NULL AND "
    };
}

macro_rules! select_accounts {
    () => {
        "SELECT p.id, 'service_account' AS kind, p.name, p.org_id, o.slug AS org_slug, p.created_at, \
         CAST(NULL AS BIGINT) AS expires_at, (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = p.id) AS last_used_at, \
         p.disabled_at, p.revoked_at \
         FROM service_accounts p JOIN orgs o ON o.id = p.org_id WHERE p.deleted_at IS NULL AND "
    };
}
macro_rules! programs_that_match {
    () => {
        "(p.created_at, p.id) < ($1, $2) AND (p.id >= $3 AND p.id < $4 OR p.search_name >= $5 AND p.search_name < $6 \
         OR p.org_id IN (SELECT s.id FROM orgs s WHERE s.slug >= $5 AND s.slug < $6)) \
         ORDER BY p.created_at DESC, p.id DESC LIMIT $7) AS "
    };
}

fn summary(row: &Row) -> Result<CredentialSummary, StoreError> {
    Ok(CredentialSummary {
        id: get(row, "id")?,
        kind: parsed(row, "kind")?,
        name: get(row, "name")?,
        org: parsed(row, "org_id")?,
        org_slug: get(row, "org_slug")?,
        created_at: time(row, "created_at")?,
        expires_at: time_option(row, "expires_at")?,
        last_used_at: time_option(row, "last_used_at")?,
        disabled_at: time_option(row, "disabled_at")?,
        revoked_at: time_option(row, "revoked_at")?,
    })
}

/// `column IN (…)`, of at least one organisation.
fn within(query: &mut QueryBuilder<Db>, column: &str, orgs: &[OrgId]) {
    query.push(column).push(" IN (");
    let mut ids = query.separated(", ");
    for org in orgs {
        ids.push_bind(org.as_str());
    }
    query.push(")");
}

#[async_trait]
impl CredentialStore for Store {
    async fn search_credentials(&self, search: &str, page: &Page) -> Result<Listed<CredentialSummary>, StoreError> {
        let (at, after) = cursor::by_time(page)?;
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        let (id, text) = (Prefix::exact(search), Prefix::folded(search));
        // Each part is cut to the page by itself, so that all may use an index.
        let rows = sqlx::query(concat!(
            "SELECT * FROM (SELECT * FROM (",
            select_keys!(),
            "(k.created_at, k.id) < ($1, $2) AND (k.id >= $3 AND k.id < $4 OR k.search_name >= $5 AND k.search_name < $6 \
             OR k.org_id IN (SELECT s.id FROM orgs s WHERE s.slug >= $5 AND s.slug < $6)) \
             ORDER BY k.created_at DESC, k.id DESC LIMIT $7) AS found_keys UNION ALL SELECT * FROM (",
            select_apps!(),
            programs_that_match!(),
            "found_apps UNION ALL SELECT * FROM (",
            select_accounts!(),
            programs_that_match!(),
            "found_accounts) AS found \
             ORDER BY created_at DESC, id DESC LIMIT $7"
        ))
        .bind(at)
        .bind(after)
        .bind(id.from)
        .bind(id.to)
        .bind(text.from)
        .bind(text.to)
        .bind(cursor::fetch_limit(page))
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        let found = rows.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, found, |summary| cursor::at_time(summary.created_at, &summary.id)))
    }

    async fn credentials_for(&self, api: &ApiId, orgs: &[OrgId]) -> Result<Vec<CredentialSummary>, StoreError> {
        if orgs.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Db>::new(concat!("SELECT * FROM (", select_keys!(), "k.api_id = "));
        query.push_bind(api.as_str());
        within(&mut query, " AND k.org_id", orgs);
        query.push(concat!(
            " UNION ALL ",
            select_apps!(),
            "p.id IN (SELECT g.app_id FROM app_grants g WHERE g.api_id = "
        ));
        query.push_bind(api.as_str()).push(")");
        within(&mut query, " AND p.org_id", orgs);
        query.push(concat!(
            " UNION ALL ",
            select_accounts!(),
            "p.id IN (SELECT g.account_id FROM service_account_grants g WHERE g.api_id = "
        ));
        query.push_bind(api.as_str()).push(")");
        within(&mut query, " AND p.org_id", orgs);
        query.push(") AS held ORDER BY created_at DESC, id DESC");
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        rows.iter().map(summary).collect()
    }
}
