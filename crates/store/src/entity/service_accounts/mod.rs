//! Users that are programs.

mod grants;
mod list;
mod write;

use async_trait::async_trait;
use latchkey_core::apis::{Api, ConsumerPolicy};
use latchkey_core::apps::ClientKey;
use latchkey_core::ports::{AuditEntry, Listed, Page, ServiceAccountStore, StoreError};
use latchkey_core::service_accounts::{
    AccountGrant, AccountGrants, ServiceAccount, ServiceAccountChange, VerifiableServiceAccount,
};
use latchkey_types::{OrgId, Role, ScopeSet, ServiceAccountId, Timestamp};

use super::addresses::addresses;
use super::apis::{api, api_columns};
use super::columns::{get, parsed, scopes, time, time_option, words};
use super::consumers::{policy, policy_columns};
use super::grants::Grant as _;
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Deletable, Standing};
use super::{Connection, Row, Store, client_keys, limits};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// The columns of `service_accounts p` with `last_uses l` that [`account`] reads.
macro_rules! account_columns {
    () => {
        "p.id AS p_id, p.org_id AS p_org_id, p.name AS p_name, p.roles AS p_roles, p.grants AS p_grants, \
         p.rate_limits AS p_rate_limits, p.allowed_ips AS p_allowed_ips, p.denied_ips AS p_denied_ips, p.created_at AS p_created_at, p.created_by AS p_created_by, p.disabled_at AS p_disabled_at, \
         p.revoked_at AS p_revoked_at, p.revoke_reason AS p_revoke_reason, l.used_at AS p_last_used_at"
    };
}
macro_rules! account_tables {
    () => {
        " FROM service_accounts p LEFT JOIN last_uses l ON l.id = p.id AND l.generation = 0"
    };
}
use {account_columns, account_tables};

/// An account whose grants come by another statement, where they are listed.
fn account(row: &Row) -> Result<ServiceAccount, StoreError> {
    Ok(ServiceAccount {
        id: parsed(row, "p_id")?,
        org: parsed(row, "p_org_id")?,
        name: get(row, "p_name")?,
        roles: words(row, "p_roles")?,
        grants: match get(row, "p_grants")? {
            "by_role" => AccountGrants::ByRole,
            "listed" => AccountGrants::Listed(Vec::new()),
            _ => return Err(corrupt("grants: unknown word")),
        },
        rate_limits: limits::list(row, "p_rate_limits")?,
        addresses: addresses(row, "p_allowed_ips", "p_denied_ips")?,
        created_at: time(row, "p_created_at")?,
        created_by: get(row, "p_created_by")?,
        disabled_at: time_option(row, "p_disabled_at")?,
        revoked_at: time_option(row, "p_revoked_at")?,
        revoke_reason: get(row, "p_revoke_reason")?,
        last_used_at: time_option(row, "p_last_used_at")?,
    })
}

impl Credential for ServiceAccount {
    type Id = ServiceAccountId;
    type Change = ServiceAccountChange;
    const LOCK: &'static str = concat!(
        "SELECT p.id FROM service_accounts p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL",
        for_update!()
    );
    const DISABLE: &'static str = "UPDATE service_accounts SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE service_accounts SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn load(connection: &mut Connection, org: &OrgId, id: &ServiceAccountId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query(concat!(
            "SELECT ",
            account_columns!(),
            account_tables!(),
            " WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL"
        ))
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let mut account = account(&row)?;
        if let AccountGrants::Listed(grants) = &mut account.grants {
            *grants = super::grants::of(connection, id.as_str()).await?;
        }
        Ok(Some(account))
    }

    async fn write_change(
        connection: &mut Connection,
        org: &OrgId,
        id: &ServiceAccountId,
        change: ServiceAccountChange,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        write::update(connection, org, id, change).await
    }

    fn standing(&mut self) -> Standing<'_> {
        Standing {
            disabled_at: &mut self.disabled_at,
            revoked_at: &mut self.revoked_at,
            revoke_reason: &mut self.revoke_reason,
        }
    }
}

impl Deletable for ServiceAccount {
    const REMOVE: &'static [&'static str] = &[
        "DELETE FROM service_account_grants WHERE account_id = $1",
        "DELETE FROM public_keys WHERE holder = $1",
        "DELETE FROM workload_rules WHERE principal = $1",
    ];
    const BURY: &'static str = "UPDATE service_accounts SET deleted_at = $2 WHERE id = $1";

    fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used_at
    }
}

/// What the account's grants come to.
async fn apis_of(
    connection: &mut Connection,
    account: &mut ServiceAccount,
) -> Result<Vec<(Api, ConsumerPolicy, ScopeSet)>, StoreError> {
    let may_all = account.role() >= Role::Developer;
    match &mut account.grants {
        AccountGrants::ByRole if may_all => {
            let rows = sqlx::query(concat!(
                "SELECT ",
                api_columns!(),
                " FROM apis a WHERE a.org_id = $1 AND a.deleted_at IS NULL ORDER BY a.id"
            ))
            .bind(account.org.as_str())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
            let all = |api: Api| {
                let scopes = api.scope_set();
                (api, ConsumerPolicy::default(), scopes)
            };
            rows.iter().map(|row| api(row).map(all)).collect()
        }
        AccountGrants::ByRole => Ok(Vec::new()),
        AccountGrants::Listed(grants) => {
            let rows = sqlx::query(concat!(
                "SELECT g.api_id, g.scopes, g.operations, ",
                api_columns!(),
                ", ",
                policy_columns!(),
                " FROM service_account_grants g JOIN apis a ON a.id = g.api_id \
                 LEFT JOIN consumer_policies c ON c.api_id = g.api_id AND c.org_id = $2 \
                 WHERE g.account_id = $1 ORDER BY g.api_id"
            ))
            .bind(account.id.as_str())
            .bind(account.org.as_str())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
            *grants = rows.iter().map(AccountGrant::read).collect::<Result<_, _>>()?;
            rows.iter().map(|row| Ok((api(row)?, policy(row)?, scopes(row, "scopes")?))).collect()
        }
    }
}

#[async_trait]
impl ServiceAccountStore for Store {
    async fn insert_service_account(
        &self,
        account: &ServiceAccount,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, account, keys, audit) = (self.clone(), account.clone(), keys.to_vec(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            write::insert(&mut write, &account).await?;
            for key in &keys {
                client_keys::insert(&mut write, account.id.as_str(), key).await?;
            }
            write.changed(&account.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        ServiceAccount::load(&mut connection, org, id).await
    }

    async fn find_verifiable_service_account(
        &self,
        id: &ServiceAccountId,
    ) -> Result<Option<VerifiableServiceAccount>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        let row = sqlx::query(concat!(
            "SELECT ",
            account_columns!(),
            ", ",
            org_columns!(),
            account_tables!(),
            " JOIN orgs o ON o.id = p.org_id WHERE p.id = $1 AND p.deleted_at IS NULL"
        ))
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let (mut account, holder) = (account(&row)?, org(&row)?);
        let keys = client_keys::load(&mut connection, id.as_str()).await?;
        let apis = apis_of(&mut connection, &mut account).await?;
        Ok(Some(VerifiableServiceAccount { account, keys, holder, apis }))
    }

    async fn list_service_accounts(
        &self,
        org: &OrgId,
        search: Option<&str>,
        page: &Page,
    ) -> Result<Listed<ServiceAccount>, StoreError> {
        list::of_org(self, org, search, page).await
    }

    async fn update_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        change: &ServiceAccountChange,
        audit: &AuditEntry,
    ) -> Result<ServiceAccount, StoreError> {
        status::change(self, org, id, change, audit).await
    }

    async fn delete_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        status::delete::<ServiceAccount>(self, org, id, audit).await
    }

    async fn set_service_account_disabled(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        status::set_disabled(self, org, id, at, audit).await
    }

    async fn revoke_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<ServiceAccount, StoreError> {
        status::revoke(self, org, id, at, reason, audit).await
    }
}
