//! APIs.

use async_trait::async_trait;
use latchkey_core::apis::operations::UnknownOperations;
use latchkey_core::apis::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, ApiScope, Consumer, ConsumerPolicy, ConsumerPolicyChange,
    NewVerificationKey, Principals, ScopeGrant, TokenFormat, TwoToken, VerificationKey, VerificationKeyRow, Visibility,
};
use latchkey_core::hashing::SecretHash;
use latchkey_core::orgs::Org;
use latchkey_core::ports::{ApiStore, AuditEntry, Listed, Page, StoreError};
use latchkey_core::signing::SigningAlg;
use latchkey_core::tiers::SecurityTier;
use latchkey_types::{ApiId, OrgId, RequestId, Scope, Timestamp, VerificationKeyId};
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;

use super::columns::{find_word, get, json_option, number, one_of, parsed, time, to_json};
use super::orgs::{org, org_columns};
use super::{Connection, Db, Row, Store, access_requests, consumers, limits, operations, verification_keys};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::{Prefix, folded, is_storable};
use crate::task::in_task;

/// The columns of `apis a` that [`api`] reads.
macro_rules! api_columns {
    () => {
        "a.id AS a_id, a.org_id AS a_org_id, a.name AS a_name, a.audience AS a_audience, a.visibility AS a_visibility, \
         a.scopes AS a_scopes, a.token_ttl_seconds AS a_token_ttl_seconds, a.signing_alg AS a_signing_alg, \
         a.token_format AS a_token_format, a.call_paths AS a_call_paths, a.principals AS a_principals, \
         (SELECT ao.security_tier FROM orgs ao WHERE ao.id = a.org_id) AS a_owner_tier, a.two_token AS a_two_token, \
         a.unknown_operations AS a_unknown_operations, \
         a.plans AS a_plans, a.created_at AS a_created_at"
    };
}
pub(super) use api_columns;

/// One scope in the JSON of `apis.scopes`.
#[derive(Serialize, Deserialize)]
struct ScopeColumn {
    name: Scope,
    description: String,
    grant: String,
}

fn scopes_json(scopes: &[ApiScope]) -> Result<String, StoreError> {
    let column: Vec<ScopeColumn> = scopes
        .iter()
        .map(|scope| ScopeColumn {
            name: scope.name.clone(),
            description: scope.description.clone(),
            grant: scope.grant.as_str().to_owned(),
        })
        .collect();
    serde_json::to_string(&column).map_err(corrupt)
}

fn scopes_from_json(json: &str) -> Result<Vec<ApiScope>, StoreError> {
    let column: Vec<ScopeColumn> = serde_json::from_str(json).map_err(corrupt)?;
    let mut scopes = column
        .into_iter()
        .map(|scope| {
            let grant = find_word(&scope.grant, &[ScopeGrant::SelfService, ScopeGrant::Approval], ScopeGrant::as_str)
                .ok_or_else(|| corrupt("scopes: unknown grant"))?;
            Ok(ApiScope { name: scope.name, description: scope.description, grant })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    scopes.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(scopes)
}

pub(super) fn api(row: &Row) -> Result<Api, StoreError> {
    Ok(Api {
        id: parsed(row, "a_id")?,
        org: parsed(row, "a_org_id")?,
        name: get(row, "a_name")?,
        audience: get(row, "a_audience")?,
        visibility: one_of(row, "a_visibility", &[Visibility::Private, Visibility::Public], Visibility::as_str)?,
        scopes: scopes_from_json(get(row, "a_scopes")?)?,
        token_ttl_seconds: number(row, "a_token_ttl_seconds")?,
        signing_alg: one_of(row, "a_signing_alg", &SigningAlg::ALL, SigningAlg::as_str)?,
        token_format: one_of(row, "a_token_format", &TokenFormat::ALL, TokenFormat::as_str)?,
        call_paths: json_option(row, "a_call_paths")?,
        principals: one_of(row, "a_principals", &Principals::ALL, Principals::as_str)?,
        owner_tier: one_of(row, "a_owner_tier", &SecurityTier::ALL, SecurityTier::as_str)?,
        two_token: one_of(row, "a_two_token", &TwoToken::ALL, TwoToken::as_str)?,
        unknown_operations: one_of(row, "a_unknown_operations", &UnknownOperations::ALL, UnknownOperations::as_str)?,
        plans: limits::list(row, "a_plans")?,
        created_at: time(row, "a_created_at")?,
    })
}

/// Keeps a live API from being deleted until this transaction ends.
pub(super) async fn share(connection: &mut Connection, id: &ApiId) -> Result<(), StoreError> {
    sqlx::query(concat!("SELECT a.id FROM apis a WHERE a.id = $1 AND a.deleted_at IS NULL", for_share!()))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .map(|_| ())
        .ok_or(StoreError::NotFound)
}

/// Makes this transaction the only one that changes a live API, its credentials and its consumers.
pub(super) async fn lock(connection: &mut Connection, id: &ApiId) -> Result<Api, StoreError> {
    sqlx::query(concat!(
        "SELECT ",
        api_columns!(),
        " FROM apis a WHERE a.id = $1 AND a.deleted_at IS NULL",
        for_update!()
    ))
    .bind(id.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .ok_or(StoreError::NotFound)
    .and_then(|row| api(&row))
}

pub(super) async fn lock_own(connection: &mut Connection, org: &OrgId, id: &ApiId) -> Result<Api, StoreError> {
    lock(connection, id).await.and_then(|api| if api.org == *org { Ok(api) } else { Err(StoreError::NotFound) })
}

async fn insert(connection: &mut Connection, api: &Api) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audiences (audience, org_id) VALUES ($1, $2) ON CONFLICT (audience) DO NOTHING")
        .bind(&api.audience)
        .bind(api.org.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let holder: String = sqlx::query_scalar("SELECT org_id FROM audiences WHERE audience = $1")
        .bind(&api.audience)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if holder != api.org.as_str() {
        return Err(StoreError::Taken("audience"));
    }
    sqlx::query(
        "INSERT INTO apis (id, org_id, name, search_name, audience, visibility, scopes, token_ttl_seconds, \
         signing_alg, token_format, call_paths, created_at, two_token, unknown_operations, principals) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(api.id.as_str())
    .bind(api.org.as_str())
    .bind(&api.name)
    .bind(folded(&api.name))
    .bind(&api.audience)
    .bind(api.visibility.as_str())
    .bind(scopes_json(&api.scopes)?)
    .bind(i64::from(api.token_ttl_seconds))
    .bind(api.signing_alg.as_str())
    .bind(api.token_format.as_str())
    .bind(to_json(api.call_paths.as_ref())?)
    .bind(api.created_at.as_millis())
    .bind(api.two_token.as_str())
    .bind(api.unknown_operations.as_str())
    .bind(api.principals.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn update(connection: &mut Connection, org: &OrgId, id: &ApiId, change: ApiChange) -> Result<Api, StoreError> {
    let mut api = lock_own(connection, org, id).await?;
    api.name = change.name.unwrap_or(api.name);
    api.visibility = change.visibility.unwrap_or(api.visibility);
    api.token_ttl_seconds = change.token_ttl_seconds.unwrap_or(api.token_ttl_seconds);
    api.signing_alg = change.signing_alg.unwrap_or(api.signing_alg);
    api.token_format = change.token_format.unwrap_or(api.token_format);
    api.call_paths = change.call_paths.unwrap_or(api.call_paths);
    api.principals = change.principals.unwrap_or(api.principals);
    if let Some(plans) = change.plans {
        api.plans = plans;
        save_plans(connection, &api).await?;
    }
    api.two_token = change.two_token.unwrap_or(api.two_token);
    api.unknown_operations = change.unknown_operations.unwrap_or(api.unknown_operations);
    if let Some(scopes) = change.scopes {
        api.scopes = scopes;
        api.scopes.sort_by(|left, right| left.name.cmp(&right.name));
    }
    sqlx::query(
        "UPDATE apis SET name = $2, search_name = $3, visibility = $4, scopes = $5, token_ttl_seconds = $6, \
         signing_alg = $7, token_format = $8, call_paths = $9, two_token = $10, \
         unknown_operations = $11, principals = $12 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&api.name)
    .bind(folded(&api.name))
    .bind(api.visibility.as_str())
    .bind(scopes_json(&api.scopes)?)
    .bind(i64::from(api.token_ttl_seconds))
    .bind(api.signing_alg.as_str())
    .bind(api.token_format.as_str())
    .bind(to_json(api.call_paths.as_ref())?)
    .bind(api.two_token.as_str())
    .bind(api.unknown_operations.as_str())
    .bind(api.principals.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(api)
}

async fn save_plans(connection: &mut Connection, api: &Api) -> Result<(), StoreError> {
    sqlx::query("UPDATE apis SET plans = $2 WHERE id = $1")
        .bind(api.id.as_str())
        .bind(limits::list_json(&api.plans)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Gives an API that this transaction has locked other scopes.
pub(super) async fn save_scopes(
    connection: &mut Connection,
    id: &ApiId,
    scopes: &[ApiScope],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE apis SET scopes = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(scopes_json(scopes)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn has_live_credentials(connection: &mut Connection, id: &ApiId, now: Timestamp) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM keys k WHERE k.api_id = $1 AND k.revoked_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > $2)) \
         OR EXISTS (SELECT 1 FROM app_grants g JOIN apps p ON p.id = g.app_id \
         WHERE g.api_id = $1 AND p.revoked_at IS NULL AND p.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM service_account_grants g JOIN service_accounts p ON p.id = g.account_id \
         WHERE g.api_id = $1 AND p.revoked_at IS NULL AND p.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM action_tokens t WHERE t.api_id = $1 AND t.revoked_at IS NULL \
         AND (t.expires_at > $2 AND t.redeemed_at IS NULL OR t.redeemed_at + t.max_access_seconds * 1000 > $2))",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

/// Leaves a tombstone, so that revoked credentials still say what they were for.
async fn bury(connection: &mut Connection, id: &ApiId, now: Timestamp) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM last_uses WHERE id IN (SELECT v.id FROM verification_keys v WHERE v.api_id = $1)",
        "DELETE FROM verification_keys WHERE api_id = $1",
        "DELETE FROM consumer_policies WHERE api_id = $1",
        "DELETE FROM access_requests WHERE api_id = $1",
    ] {
        sqlx::query(statement).bind(id.as_str()).execute(&mut *connection).await.map_err(failed)?;
    }
    limits::bury(connection, id).await?;
    for statement in operations::BURY {
        sqlx::query(statement).bind(id.as_str()).execute(&mut *connection).await.map_err(failed)?;
    }
    sqlx::query("UPDATE apis SET deleted_at = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(now.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Ands a search by prefix of name or audience, and by id where `with_id`, to the query.
fn push_search(query: &mut QueryBuilder<Db>, search: &str, with_id: bool) {
    let (name, audience) = (Prefix::folded(search), Prefix::exact(search));
    query.push(" AND (a.search_name >= ").push_bind(name.from).push(" AND a.search_name < ").push_bind(name.to);
    query.push(" OR a.audience >= ").push_bind(audience.from).push(" AND a.audience < ").push_bind(audience.to);
    if with_id {
        query.push(" OR a.id = ").push_bind(search.to_owned());
    }
    query.push(")");
}

#[async_trait]
impl ApiStore for Store {
    async fn insert_api(&self, api: &Api, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, api, audit) = (self.clone(), api.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            insert(&mut write, &api).await?;
            save_plans(&mut write, &api).await?;
            write.changed(&api.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_api(&self, id: &ApiId) -> Result<Option<Api>, StoreError> {
        let row =
            sqlx::query(concat!("SELECT ", api_columns!(), " FROM apis a WHERE a.id = $1 AND a.deleted_at IS NULL"))
                .bind(id.as_str())
                .fetch_optional(self.reader())
                .await
                .map_err(failed)?;
        row.as_ref().map(api).transpose()
    }

    async fn find_api_by_audience(&self, audience: &str) -> Result<Option<Api>, StoreError> {
        if !is_storable(audience) {
            return Ok(None);
        }
        let row = sqlx::query(concat!(
            "SELECT ",
            api_columns!(),
            " FROM apis a WHERE a.audience = $1 AND a.deleted_at IS NULL"
        ))
        .bind(audience)
        .fetch_optional(self.reader())
        .await
        .map_err(failed)?;
        row.as_ref().map(api).transpose()
    }

    async fn list_apis(&self, org: &OrgId, search: Option<&str>, page: &Page) -> Result<Listed<Api>, StoreError> {
        let (at, id) = cursor::by_time(page)?;
        let mut query = QueryBuilder::<Db>::new(concat!(
            "SELECT ",
            api_columns!(),
            " FROM apis a WHERE a.deleted_at IS NULL AND a.org_id = "
        ));
        query
            .push_bind(org.as_str())
            .push(" AND (a.created_at, a.id) < (")
            .push_bind(at)
            .push(", ")
            .push_bind(id)
            .push(")");
        if let Some(search) = search {
            if !is_storable(search) {
                return Ok(Listed { items: Vec::new(), next_cursor: None });
            }
            push_search(&mut query, search, true);
        }
        query.push(" ORDER BY a.created_at DESC, a.id DESC LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let apis = rows.iter().map(api).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, apis, |api| cursor::at_time(api.created_at, api.id.as_str())))
    }

    async fn list_public_apis(&self, search: Option<&str>, page: &Page) -> Result<Listed<(Api, Org)>, StoreError> {
        let (name, id) = cursor::by_name(page)?;
        let mut query = QueryBuilder::<Db>::new(concat!(
            "SELECT ",
            api_columns!(),
            ", ",
            org_columns!(),
            " FROM apis a JOIN orgs o ON o.id = a.org_id WHERE a.visibility = 'public' AND a.deleted_at IS NULL \
             AND o.suspended_at IS NULL AND (a.search_name, a.id) > ("
        ));
        query.push_bind(name).push(", ").push_bind(id).push(")");
        if let Some(search) = search {
            if !is_storable(search) {
                return Ok(Listed { items: Vec::new(), next_cursor: None });
            }
            push_search(&mut query, search, false);
        }
        query.push(" ORDER BY a.search_name, a.id LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let apis = rows.iter().map(|row| Ok((api(row)?, org(row)?))).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(cursor::listed(page, apis, |(api, _)| cursor::at_name(&folded(&api.name), api.id.as_str())))
    }

    async fn update_api(
        &self,
        org: &OrgId,
        id: &ApiId,
        change: &ApiChange,
        audit: &AuditEntry,
    ) -> Result<Api, StoreError> {
        let (store, org, id, change, audit) = (self.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let api = update(&mut write, &org, &id, change).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(api)
        })
        .await
    }

    async fn delete_api(
        &self,
        org: &OrgId,
        id: &ApiId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            lock_own(&mut write, &org, &id).await?;
            if has_live_credentials(&mut write, &id, now).await? {
                return Ok(false);
            }
            for key in verification_keys::ids(&mut write, &id).await? {
                write.changed(&key);
            }
            bury(&mut write, &id, now).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn insert_verification_key(&self, new: &NewVerificationKey, audit: &AuditEntry) -> Result<(), StoreError> {
        verification_keys::insert(self, new, audit).await
    }

    async fn find_verification_key(&self, id: &VerificationKeyId) -> Result<Option<VerificationKeyRow>, StoreError> {
        verification_keys::find(self, id).await
    }

    async fn upgrade_verification_key_hash(
        &self,
        id: &VerificationKeyId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError> {
        verification_keys::upgrade_hash(self, id, old, new).await
    }

    async fn list_verification_keys(&self, api: &ApiId) -> Result<Vec<VerificationKey>, StoreError> {
        verification_keys::list(self, api).await
    }

    async fn delete_verification_key(
        &self,
        api: &ApiId,
        id: &VerificationKeyId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        verification_keys::delete(self, api, id, audit).await
    }

    async fn consumer_policy(&self, api: &ApiId, org: &OrgId) -> Result<ConsumerPolicy, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        consumers::policy_of(&mut connection, api, org).await
    }

    async fn change_consumer_policy(
        &self,
        api: &ApiId,
        org: &OrgId,
        change: &ConsumerPolicyChange,
        audit: &AuditEntry,
    ) -> Result<ConsumerPolicy, StoreError> {
        let (store, api, org, change, audit) = (self.clone(), api.clone(), org.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            lock(&mut write, &api).await?;
            let mut policy = consumers::policy_of(&mut write, &api, &org).await?;
            policy.metadata = change.metadata.unwrap_or(policy.metadata);
            policy.scopes = change.scopes.unwrap_or(policy.scopes);
            policy.blocked_at = change.blocked_at.unwrap_or(policy.blocked_at);
            policy.rate_limits = change.rate_limits.unwrap_or(policy.rate_limits);
            policy.plan = change.plan.unwrap_or(policy.plan);
            if let Some(change) = &change.credits {
                policy.credits = change.map(|change| change.rule);
                limits::set_credits(&mut write, &format!("{api}/{org}"), change.as_ref(), audit.at).await?;
            }
            consumers::save_policy(&mut write, &api, &org, &policy).await?;
            write.commit(&audit).await?;
            Ok(policy)
        })
        .await
    }

    async fn list_consumers(&self, api: &ApiId) -> Result<Vec<Consumer>, StoreError> {
        consumers::list(self, api).await
    }

    async fn insert_access_request(&self, request: &AccessRequest, audit: &AuditEntry) -> Result<(), StoreError> {
        access_requests::insert(self, request, audit).await
    }

    async fn list_access_requests_of(&self, org: &OrgId) -> Result<Vec<AccessRequest>, StoreError> {
        access_requests::list_of(self, org).await
    }

    async fn list_access_requests_for(&self, api: &ApiId) -> Result<Vec<AccessRequest>, StoreError> {
        access_requests::list_for(self, api).await
    }

    async fn decide_access_request(
        &self,
        api: &ApiId,
        id: &RequestId,
        decision: AccessRequestStatus,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Option<AccessRequest>, StoreError> {
        access_requests::decide(self, api, id, decision, now, audit).await
    }
}
