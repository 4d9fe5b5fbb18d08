//! Credentials of every organisation.

use latchkey_types::{AppId, CredentialKind, KeyId, Role, ServiceAccountId};

use super::{CredentialSummary, require};
use crate::apps::App;
use crate::audit::AuditEntry;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::keys::Key;
use crate::orgs::Org;
use crate::ports::{Listed, Page, StoreError};
use crate::service_accounts::ServiceAccount;
use crate::validation;

/// Credentials whose id, name or organisation's slug starts with `search`. Operators only, else [`Error::NotFound`].
pub async fn credentials(
    core: &Core,
    caller: &Caller,
    search: &str,
    page: &Page,
) -> Result<Listed<CredentialSummary>, Error> {
    require(caller, Role::Viewer)?;
    let search = validation::search("search", Some(search)).map_err(Error::Invalid)?;
    Ok(core.store.search_credentials(search.as_deref().unwrap_or_default(), page).await?)
}

/// Revokes any key, app or service account of the installation, by id; again is fine. The row stands in its organisation's log too.
pub async fn revoke_credential(
    core: &Core,
    caller: &Caller,
    id: &str,
    reason: Option<String>,
) -> Result<CredentialSummary, Error> {
    require(caller, Role::Admin)?;
    let reason = reason.map(|reason| validation::reason("reason", &reason)).transpose().map_err(Error::Invalid)?;
    revoke(core, caller, id, reason.as_deref()).await
}

pub(super) async fn revoke(
    core: &Core,
    caller: &Caller,
    id: &str,
    reason: Option<&str>,
) -> Result<CredentialSummary, Error> {
    if let Ok(id) = id.parse::<KeyId>() {
        let found = core.store.find_verifiable_key(&id).await?.ok_or(Error::NotFound)?;
        let audit = entry(core, caller, &found.holder, "key", id.as_str(), reason);
        let key = core.store.revoke_key(&found.holder.id, &id, core.clock.now(), reason, &audit).await?;
        return Ok(of_key(key, &found.holder));
    }
    if let Ok(id) = id.parse::<ServiceAccountId>() {
        let found = core.store.find_verifiable_service_account(&id).await?.ok_or(Error::NotFound)?;
        let audit = entry(core, caller, &found.holder, "service_account", id.as_str(), reason);
        let now = core.clock.now();
        let account = core.store.revoke_service_account(&found.holder.id, &id, now, reason, &audit).await?;
        return Ok(of_account(account, &found.holder));
    }
    let id: AppId = id.parse().map_err(|_| StoreError::NotFound)?;
    let found = core.store.find_verifiable_app(&id).await?.ok_or(Error::NotFound)?;
    let audit = entry(core, caller, &found.holder, "app", id.as_str(), reason);
    let app = core.store.revoke_app(&found.holder.id, &id, core.clock.now(), reason, &audit).await?;
    Ok(of_app(app, &found.holder))
}

fn entry(core: &Core, caller: &Caller, holder: &Org, kind: &str, id: &str, reason: Option<&str>) -> AuditEntry {
    let audit =
        core.audit_entry(caller, Some(&holder.id), &format!("{kind}.revoke"), (kind, id)).with("by_operator", true);
    match reason {
        Some(reason) => audit.with("reason", reason),
        None => audit,
    }
}

fn of_key(key: Key, holder: &Org) -> CredentialSummary {
    CredentialSummary {
        last_used_at: key.last_used_at,
        id: key.id.to_string(),
        kind: key.kind,
        name: key.name,
        org: key.org,
        org_slug: holder.slug.clone(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        disabled_at: key.disabled_at,
        revoked_at: key.revoked_at,
    }
}

fn of_app(app: App, holder: &Org) -> CredentialSummary {
    CredentialSummary {
        id: app.id.to_string(),
        kind: CredentialKind::App,
        name: app.name,
        org: app.org,
        org_slug: holder.slug.clone(),
        created_at: app.created_at,
        expires_at: None,
        last_used_at: app.last_used_at,
        disabled_at: app.disabled_at,
        revoked_at: app.revoked_at,
    }
}

fn of_account(account: ServiceAccount, holder: &Org) -> CredentialSummary {
    CredentialSummary {
        id: account.id.to_string(),
        kind: CredentialKind::ServiceAccount,
        name: account.name,
        org: account.org,
        org_slug: holder.slug.clone(),
        created_at: account.created_at,
        expires_at: None,
        last_used_at: account.last_used_at,
        disabled_at: account.disabled_at,
        revoked_at: account.revoked_at,
    }
}
