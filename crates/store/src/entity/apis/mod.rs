//! APIs.

mod list;
mod scopes;
mod write;

use async_trait::async_trait;
use latchkey_core::apis::operations::UnknownOperations;
use latchkey_core::apis::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, Consumer, ConsumerPolicy, ConsumerPolicyChange,
    NewVerificationKey, Principals, TokenFormat, TwoToken, VerificationKey, VerificationKeyRow, Visibility,
};
use latchkey_core::hashing::SecretHash;
use latchkey_core::orgs::Org;
use latchkey_core::ports::{ApiStore, AuditEntry, Listed, Page, StoreError};
use latchkey_core::signing::SigningAlg;
use latchkey_core::tiers::SecurityTier;
use latchkey_types::{ApiId, OrgId, RequestId, Timestamp, VerificationKeyId};

pub(super) use self::write::save_scopes;
use super::columns::{get, json_option, number, one_of, parsed, time};
use super::{Connection, Row, Store, access_requests, consumers, limits, verification_keys};
use crate::error::failed;
use crate::search::is_storable;
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

pub(super) fn api(row: &Row) -> Result<Api, StoreError> {
    Ok(Api {
        id: parsed(row, "a_id")?,
        org: parsed(row, "a_org_id")?,
        name: get(row, "a_name")?,
        audience: get(row, "a_audience")?,
        visibility: one_of(row, "a_visibility", &[Visibility::Private, Visibility::Public], Visibility::as_str)?,
        scopes: scopes::from_json(get(row, "a_scopes")?)?,
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

#[async_trait]
impl ApiStore for Store {
    async fn insert_api(&self, api: &Api, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, api, audit) = (self.clone(), api.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            write::insert(&mut write, &api).await?;
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
        list::of_org(self, org, search, page).await
    }

    async fn list_public_apis(&self, search: Option<&str>, page: &Page) -> Result<Listed<(Api, Org)>, StoreError> {
        list::public(self, search, page).await
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
            let api = write::update(&mut write, &org, &id, change).await?;
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
            if write::has_live_credentials(&mut write, &id, now).await? {
                return Ok(false);
            }
            for key in verification_keys::ids(&mut write, &id).await? {
                write.changed(&key);
            }
            write::bury(&mut write, &id, now).await?;
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

    async fn list_consumers(&self, api: &ApiId, page: &Page) -> Result<Listed<Consumer>, StoreError> {
        consumers::list(self, api, page).await
    }

    async fn find_consumer(&self, api: &ApiId, slug: &str) -> Result<Option<Org>, StoreError> {
        consumers::find(self, api, slug).await
    }

    async fn insert_access_request(&self, request: &AccessRequest, audit: &AuditEntry) -> Result<(), StoreError> {
        access_requests::insert(self, request, audit).await
    }

    async fn list_access_requests_of(&self, org: &OrgId, page: &Page) -> Result<Listed<AccessRequest>, StoreError> {
        access_requests::list_of(self, org, page).await
    }

    async fn list_access_requests_for(&self, api: &ApiId, page: &Page) -> Result<Listed<AccessRequest>, StoreError> {
        access_requests::list_for(self, api, page).await
    }

    async fn find_access_request(&self, api: &ApiId, id: &RequestId) -> Result<Option<AccessRequest>, StoreError> {
        access_requests::find(self, api, id).await
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
