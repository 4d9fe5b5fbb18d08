//! Organisations that hold credentials for an API, and what the API's owner decided for them.

use latchkey_core::apis::{Consumer, ConsumerPolicy};
use latchkey_core::orgs::Org;
use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::{ApiId, OrgId};

use super::columns::{get, json, json_option, millis, scopes, time_option};
use super::orgs::{org, org_columns};
use super::write::Write;
use super::{Connection, Row, Store, limits};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::is_storable;

/// The columns of `consumer_policies c`, joined from the left, that [`policy`] reads.
macro_rules! policy_columns {
    () => {
        "c.metadata AS c_metadata, COALESCE(c.scopes, '') AS c_scopes, c.blocked_at AS c_blocked_at, \
         COALESCE(c.rate_limits, '[]') AS c_rate_limits, c.credits AS c_credits, c.plan AS c_plan"
    };
}
pub(super) use policy_columns;

pub(super) fn policy(row: &Row) -> Result<ConsumerPolicy, StoreError> {
    let metadata: Option<&str> = get(row, "c_metadata")?;
    Ok(ConsumerPolicy {
        metadata: metadata.map(serde_json::from_str).transpose().map_err(corrupt)?,
        scopes: scopes(row, "c_scopes")?,
        blocked_at: time_option(row, "c_blocked_at")?,
        rate_limits: limits::list(row, "c_rate_limits")?,
        credits: json_option(row, "c_credits")?,
        plan: get(row, "c_plan")?,
    })
}

pub(super) async fn policy_of(
    connection: &mut Connection,
    api: &ApiId,
    org: &OrgId,
) -> Result<ConsumerPolicy, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        policy_columns!(),
        " FROM consumer_policies c WHERE c.api_id = $1 AND c.org_id = $2"
    ))
    .bind(api.as_str())
    .bind(org.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    row.as_ref().map_or_else(|| Ok(ConsumerPolicy::default()), policy)
}

/// Writes all of it and notes the change.
pub(super) async fn save_policy(
    write: &mut Write,
    api: &ApiId,
    org: &OrgId,
    policy: &ConsumerPolicy,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO consumer_policies (api_id, org_id, metadata, scopes, blocked_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (api_id, org_id) DO UPDATE SET metadata = excluded.metadata, scopes = excluded.scopes, \
         blocked_at = excluded.blocked_at",
    )
    .bind(api.as_str())
    .bind(org.as_str())
    .bind(policy.metadata.as_ref().map(json))
    .bind(policy.scopes.to_string())
    .bind(millis(policy.blocked_at))
    .execute(&mut **write)
    .await
    .map_err(failed)?;
    let (consumer, credits) = ((api.as_str(), org.as_str()), policy.credits.as_ref());
    limits::save_of_consumer(write, consumer, &policy.rate_limits, credits, policy.plan.as_deref()).await?;
    write.changed(&format!("{api}/{org}"));
    Ok(())
}

fn consumer(row: &Row) -> Result<Consumer, StoreError> {
    Ok(Consumer {
        org: org(row)?,
        policy: policy(row)?,
        credentials: get(row, "credentials")?,
        last_used_at: time_option(row, "last_used_at")?,
    })
}

/// What is held for the API of `$1`: each credential with its organisation.
macro_rules! with_held {
    () => {
        "WITH held AS (SELECT k.org_id, k.id FROM keys k WHERE k.api_id = $1 UNION ALL \
         SELECT p.org_id, p.id FROM app_grants g JOIN apps p ON p.id = g.app_id WHERE g.api_id = $1 AND p.deleted_at IS NULL \
         UNION ALL SELECT p.org_id, p.id FROM service_account_grants g JOIN service_accounts p ON p.id = g.account_id \
         WHERE g.api_id = $1 AND p.deleted_at IS NULL)"
    };
}

pub(super) async fn list(store: &Store, api: &ApiId, page: &Page) -> Result<Listed<Consumer>, StoreError> {
    let (slug, id) = cursor::by_name(page)?;
    let rows = sqlx::query(concat!(
        with_held!(),
        ", page AS (SELECT p.id FROM orgs p WHERE p.id IN (SELECT h.org_id FROM held h UNION SELECT d.org_id FROM consumer_policies d \
         WHERE d.api_id = $1) AND p.id <> (SELECT a.org_id FROM apis a WHERE a.id = $1) AND (p.slug, p.id) > ($2, $3) \
         ORDER BY p.slug, p.id LIMIT $4), \
         used AS (SELECT h.org_id, MAX(l.used_at) AS last_used_at FROM held h JOIN last_uses l ON l.id = h.id WHERE h.org_id IN (SELECT id FROM page) \
         GROUP BY h.org_id), \
         counted AS (SELECT h.org_id, COUNT(*) AS n FROM held h GROUP BY h.org_id) ",
        "SELECT ",
        org_columns!(),
        ", ",
        policy_columns!(),
        ", COALESCE(n.n, 0) AS credentials, u.last_used_at AS last_used_at FROM orgs o \
         LEFT JOIN counted n ON n.org_id = o.id LEFT JOIN used u ON u.org_id = o.id \
         LEFT JOIN consumer_policies c ON c.api_id = $1 AND c.org_id = o.id \
         WHERE o.id IN (SELECT id FROM page) ORDER BY o.slug, o.id"
    ))
    .bind(api.as_str())
    .bind(slug)
    .bind(id)
    .bind(cursor::fetch_limit(page))
    .fetch_all(store.reader())
    .await
    .map_err(failed)?;
    let consumers = rows.iter().map(consumer).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::listed(page, consumers, |consumer| cursor::at_name(&consumer.org.slug, consumer.org.id.as_str())))
}

/// The organisation of this slug, where it holds something for the API, has a policy with it, or asked for access.
pub(super) async fn find(store: &Store, api: &ApiId, slug: &str) -> Result<Option<Org>, StoreError> {
    if !is_storable(slug) {
        return Ok(None);
    }
    let row = sqlx::query(concat!(
        with_held!(),
        " SELECT ",
        org_columns!(),
        " FROM orgs o WHERE o.slug = $2 AND o.id <> (SELECT a.org_id FROM apis a WHERE a.id = $1) \
         AND (EXISTS (SELECT 1 FROM held h WHERE h.org_id = o.id) \
         OR EXISTS (SELECT 1 FROM consumer_policies d WHERE d.api_id = $1 AND d.org_id = o.id) \
         OR EXISTS (SELECT 1 FROM access_requests r WHERE r.api_id = $1 AND r.org_id = o.id))"
    ))
    .bind(api.as_str())
    .bind(slug)
    .fetch_optional(store.reader())
    .await
    .map_err(failed)?;
    row.as_ref().map(org).transpose()
}
