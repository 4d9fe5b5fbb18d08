//! Credentials of every organisation.

use std::collections::BTreeSet;

use latchkey_types::{AppId, CredentialKind, KeyId, Role, ServiceAccountId, Timestamp};

use super::{CredentialSummary, require};
use crate::apps::App;
use crate::audit::{AuditEntry, AuditFilter, AuditOutcome};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::keys::Key;
use crate::orgs::Org;
use crate::ports::{Listed, Page, StoreError};
use crate::service_accounts::ServiceAccount;
use crate::validation;

/// How many rows are read at once where all are read.
const PAGE_LIMIT: u32 = 200;

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

/// Revokes every credential made or changed since an instant: after a restored backup. Answers how many.
///
/// What was changed is read from the audit log, what was made from the credentials themselves too.
pub async fn revoke_since(core: &Core, caller: &Caller, since: Timestamp) -> Result<u64, Error> {
    require(caller, Role::Owner)?;
    let mut ids = made_since(core, since).await?;
    for action in ["key.", "app.", "service_account."] {
        ids.extend(changed_since(core, since, action).await?);
    }
    let reason = format!("made or changed since {since}");
    let mut revoked = 0;
    for id in ids {
        if is_revoked(core, &id).await? {
            continue;
        }
        match revoke(core, caller, &id, Some(&reason)).await {
            Ok(_) => revoked += 1,
            // a deleted app leaves rows in the log
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(revoked)
}

async fn made_since(core: &Core, since: Timestamp) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    let mut page = Page { limit: PAGE_LIMIT, cursor: None };
    loop {
        let listed = core.store.search_credentials("", &page).await?;
        // newest first: an older one ends the search
        let more = listed.items.last().is_some_and(|oldest| oldest.created_at >= since);
        ids.extend(listed.items.into_iter().filter(|found| found.created_at >= since).map(|found| found.id));
        if !more || listed.next_cursor.is_none() {
            return Ok(ids);
        }
        page.cursor = listed.next_cursor;
    }
}

async fn changed_since(core: &Core, since: Timestamp, action: &str) -> Result<BTreeSet<String>, Error> {
    let filter = AuditFilter { action: Some(action.to_owned()), from: Some(since), ..AuditFilter::default() };
    let mut ids = BTreeSet::new();
    let mut page = Page { limit: PAGE_LIMIT, cursor: None };
    loop {
        let listed = core.store.list_audit(&filter, &page).await?;
        let done = listed.items.into_iter().filter(|entry| entry.outcome == AuditOutcome::Done);
        ids.extend(done.map(|entry| entry.target_id));
        if listed.next_cursor.is_none() {
            return Ok(ids);
        }
        page.cursor = listed.next_cursor;
    }
}

async fn is_revoked(core: &Core, id: &str) -> Result<bool, Error> {
    if let Ok(id) = id.parse::<KeyId>() {
        return Ok(core.store.find_verifiable_key(&id).await?.is_some_and(|found| found.key.revoked_at.is_some()));
    }
    if let Ok(id) = id.parse::<ServiceAccountId>() {
        let found = core.store.find_verifiable_service_account(&id).await?;
        return Ok(found.is_some_and(|found| found.account.revoked_at.is_some()));
    }
    let Ok(id) = id.parse::<AppId>() else {
        return Ok(false);
    };
    Ok(core.store.find_verifiable_app(&id).await?.is_some_and(|found| found.app.revoked_at.is_some()))
}

async fn revoke(core: &Core, caller: &Caller, id: &str, reason: Option<&str>) -> Result<CredentialSummary, Error> {
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
