//! Users that are programs.

use async_trait::async_trait;
use latchkey_core::apis::{Api, ConsumerPolicy};
use latchkey_core::apps::ClientKey;
use latchkey_core::ports::{AuditEntry, Listed, Page, ServiceAccountStore, StoreError};
use latchkey_core::service_accounts::{
    AccountGrant, AccountGrants, ServiceAccount, ServiceAccountChange, VerifiableServiceAccount,
};
use latchkey_types::{OrgId, Role, ScopeSet, ServiceAccountId, Timestamp};
use sqlx::QueryBuilder;

use super::addresses::{self, addresses};
use super::apis::{self, api, api_columns};
use super::columns::{get, millis, parsed, scopes, time, time_option, words};
use super::consumers::{policy, policy_columns};
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Deletable, Standing};
use super::{Connection, Db, Row, Store, apps, client_keys, limits, operations};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::{Prefix, folded, is_storable};
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

fn grant(row: &Row) -> Result<AccountGrant, StoreError> {
    let operations = operations::granted(row, "operations")?;
    Ok(AccountGrant { api: parsed(row, "api_id")?, scopes: scopes(row, "scopes")?, operations })
}

async fn load(
    connection: &mut Connection,
    org: &OrgId,
    id: &ServiceAccountId,
) -> Result<Option<ServiceAccount>, StoreError> {
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
        let rows = sqlx::query(
            "SELECT api_id, scopes, operations FROM service_account_grants WHERE account_id = $1 ORDER BY api_id",
        )
        .bind(id.as_str())
        .fetch_all(connection)
        .await
        .map_err(failed)?;
        *grants = rows.iter().map(grant).collect::<Result<_, _>>()?;
    }
    Ok(Some(account))
}

impl Credential for ServiceAccount {
    type Id = ServiceAccountId;
    const DISABLE: &'static str = "UPDATE service_accounts SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE service_accounts SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn lock(connection: &mut Connection, org: &OrgId, id: &ServiceAccountId) -> Result<Self, StoreError> {
        sqlx::query(concat!(
            "SELECT p.id FROM service_accounts p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL",
            for_update!()
        ))
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)?;
        load(connection, org, id).await?.ok_or(StoreError::NotFound)
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

const SET_ADDRESSES: &str = "UPDATE service_accounts SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";

async fn insert(connection: &mut Connection, account: &ServiceAccount) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO service_accounts (id, org_id, name, search_name, roles, grants, created_at, created_by, disabled_at, \
         revoked_at, revoke_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(account.id.as_str())
    .bind(account.org.as_str())
    .bind(&account.name)
    .bind(folded(&account.name))
    .bind(as_words(&account.roles))
    .bind(account.grants.as_str())
    .bind(account.created_at.as_millis())
    .bind(&account.created_by)
    .bind(millis(account.disabled_at))
    .bind(millis(account.revoked_at))
    .bind(&account.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, account.id.as_str(), &account.addresses).await?;
    insert_grants(connection, &account.id, &account.grants).await
}

fn as_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

/// In the order of the APIs' ids, so that two writers never wait for each other.
async fn insert_grants(
    connection: &mut Connection,
    id: &ServiceAccountId,
    grants: &AccountGrants,
) -> Result<(), StoreError> {
    let AccountGrants::Listed(grants) = grants else { return Ok(()) };
    let mut grants: Vec<&AccountGrant> = grants.iter().collect();
    grants.sort_by(|left, right| left.api.cmp(&right.api));
    for grant in grants {
        apis::share(connection, &grant.api).await?;
        let (scopes, operations) =
            operations::in_force(connection, &grant.api, &grant.scopes, grant.operations.as_ref()).await?;
        sqlx::query(
            "INSERT INTO service_account_grants (account_id, api_id, scopes, operations) VALUES ($1, $2, $3, $4)",
        )
        .bind(id.as_str())
        .bind(grant.api.as_str())
        .bind(scopes.to_string())
        .bind(operations)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &ServiceAccountId,
    change: ServiceAccountChange,
) -> Result<ServiceAccount, StoreError> {
    if let Some(AccountGrants::Listed(grants)) = &change.grants {
        apps::share_apis(connection, grants.iter().map(|grant| &grant.api)).await?;
    }
    let mut account = ServiceAccount::lock(connection, org, id).await?;
    if account.revoked_at.is_some() {
        return Err(StoreError::Stale);
    }
    account.name = change.name.unwrap_or(account.name);
    account.roles = change.roles.unwrap_or(account.roles);
    let kind = change.grants.as_ref().unwrap_or(&account.grants).as_str();
    sqlx::query("UPDATE service_accounts SET name = $2, search_name = $3, roles = $4, grants = $5 WHERE id = $1")
        .bind(id.as_str())
        .bind(&account.name)
        .bind(folded(&account.name))
        .bind(as_words(&account.roles))
        .bind(kind)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    account.addresses.allowed = change.allowed_ips.unwrap_or(account.addresses.allowed);
    account.addresses.denied = change.denied_ips.unwrap_or(account.addresses.denied);
    addresses::set(connection, SET_ADDRESSES, id.as_str(), &account.addresses).await?;
    if let Some(rate_limits) = change.rate_limits {
        sqlx::query("UPDATE service_accounts SET rate_limits = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(limits::list_json(&rate_limits)?)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    if let Some(grants) = change.grants {
        sqlx::query("DELETE FROM service_account_grants WHERE account_id = $1")
            .bind(id.as_str())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        insert_grants(connection, id, &grants).await?;
    }
    load(connection, org, id).await?.ok_or(StoreError::NotFound)
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
            *grants = rows.iter().map(grant).collect::<Result<_, _>>()?;
            rows.iter().map(|row| Ok((api(row)?, policy(row)?, scopes(row, "scopes")?))).collect()
        }
    }
}

/// The grants of each account of a page whose grants are listed.
async fn add_grants(store: &Store, accounts: &mut [ServiceAccount]) -> Result<(), StoreError> {
    if accounts.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Db>::new(
        "SELECT account_id, api_id, scopes, operations FROM service_account_grants WHERE account_id IN (",
    );
    let mut ids = query.separated(", ");
    for account in accounts.iter() {
        ids.push_bind(account.id.as_str());
    }
    query.push(") ORDER BY account_id, api_id");
    let rows = query.build().fetch_all(store.reader()).await.map_err(failed)?;
    let mut found: std::collections::HashMap<ServiceAccountId, Vec<AccountGrant>> = std::collections::HashMap::new();
    for row in &rows {
        found.entry(parsed(row, "account_id")?).or_default().push(grant(row)?);
    }
    for account in accounts {
        if let AccountGrants::Listed(grants) = &mut account.grants {
            *grants = found.remove(&account.id).unwrap_or_default();
        }
    }
    Ok(())
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
            insert(&mut write, &account).await?;
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
        load(&mut connection, org, id).await
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
        let (at, id) = cursor::by_time(page)?;
        let mut query = QueryBuilder::<Db>::new(concat!(
            "SELECT ",
            account_columns!(),
            account_tables!(),
            " WHERE p.deleted_at IS NULL AND p.org_id = "
        ));
        query
            .push_bind(org.as_str())
            .push(" AND (p.created_at, p.id) < (")
            .push_bind(at)
            .push(", ")
            .push_bind(id)
            .push(")");
        if let Some(search) = search {
            if !is_storable(search) {
                return Ok(Listed { items: Vec::new(), next_cursor: None });
            }
            let prefix = Prefix::folded(search);
            query.push(" AND (p.id = ").push_bind(search);
            query.push(" OR p.search_name >= ").push_bind(prefix.from);
            query.push(" AND p.search_name < ").push_bind(prefix.to).push(")");
        }
        query.push(" ORDER BY p.created_at DESC, p.id DESC LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let accounts = rows.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        let mut listed =
            cursor::listed(page, accounts, |account| cursor::at_time(account.created_at, account.id.as_str()));
        add_grants(self, &mut listed.items).await?;
        Ok(listed)
    }

    async fn update_service_account(
        &self,
        org: &OrgId,
        id: &ServiceAccountId,
        change: &ServiceAccountChange,
        audit: &AuditEntry,
    ) -> Result<ServiceAccount, StoreError> {
        let (store, org, id, change, audit) = (self.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let account = update(&mut write, &org, &id, change).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(account)
        })
        .await
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
