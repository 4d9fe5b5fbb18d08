//! Rows of service accounts that are made and changed.

use latchkey_core::ports::StoreError;
use latchkey_core::service_accounts::{AccountGrant, AccountGrants, ServiceAccount, ServiceAccountChange};
use latchkey_types::{OrgId, Role, ServiceAccountId};

use super::super::columns::millis;
use super::super::{Connection, addresses, grants, limits, status};
use crate::error::failed;
use crate::search::folded;

const SET_ADDRESSES: &str = "UPDATE service_accounts SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";
const SET_RATE_LIMITS: &str = "UPDATE service_accounts SET rate_limits = $2 WHERE id = $1";

pub(super) async fn insert(connection: &mut Connection, account: &ServiceAccount) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO service_accounts (id, org_id, name, search_name, roles, grants, rate_limits, created_at, created_by, \
         disabled_at, revoked_at, revoke_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(account.id.as_str())
    .bind(account.org.as_str())
    .bind(&account.name)
    .bind(folded(&account.name))
    .bind(as_words(&account.roles))
    .bind(account.grants.as_str())
    .bind(limits::list_json(&account.rate_limits)?)
    .bind(account.created_at.as_millis())
    .bind(&account.created_by)
    .bind(millis(account.disabled_at))
    .bind(millis(account.revoked_at))
    .bind(&account.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, account.id.as_str(), &account.addresses).await?;
    match &account.grants {
        AccountGrants::Listed(grants) => grants::insert(connection, account.id.as_str(), grants).await,
        AccountGrants::ByRole => Ok(()),
    }
}

fn as_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

pub(super) async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &ServiceAccountId,
    change: ServiceAccountChange,
) -> Result<(), StoreError> {
    if let Some(AccountGrants::Listed(grants)) = &change.grants {
        grants::share_apis(connection, grants).await?;
    }
    let mut account: ServiceAccount = status::lock_live(connection, org, id).await?;
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
        limits::set(connection, SET_RATE_LIMITS, id.as_str(), &rate_limits).await?;
    }
    if let Some(grants) = change.grants {
        grants::delete::<AccountGrant>(connection, id.as_str()).await?;
        if let AccountGrants::Listed(grants) = &grants {
            grants::insert(connection, id.as_str(), grants).await?;
        }
    }
    Ok(())
}
