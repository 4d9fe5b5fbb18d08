//! After a restored backup: what was made or changed since an instant is ended (F-34).

use std::collections::BTreeSet;

use latchkey_types::{AppId, KeyId, ManagementKeyId, Role, ServiceAccountId, Timestamp, VerificationKeyId};

use super::credentials::revoke;
use super::require;
use crate::audit::{AuditFilter, AuditOutcome};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::ports::Page;

/// How many rows are read at once where all are read.
const PAGE_LIMIT: u32 = 200;
/// How the actions begin that change credentials, and the keys of APIs and of the management API.
const ACTIONS: [&str; 5] = ["key.", "app.", "service_account.", "management_key.", "verification_key."];

/// Revokes every credential made or changed since an instant: [`touched_since`] and [`revoke_touched`]. Answers how many.
///
/// # Errors
/// Of both.
pub async fn revoke_since(core: &Core, caller: &Caller, since: Timestamp) -> Result<u64, Error> {
    let ids = touched_since(core, caller, since).await?;
    revoke_touched(core, caller, &ids, since).await
}

/// The ids of the credentials, management keys and verification keys that were made or changed since an instant, those
/// that were ended too: of a database that a backup is about to replace, these are the ones that must not come back.
///
/// What was changed is read from the audit log, what was made from the credentials themselves too.
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator, [`Error::Unavailable`] where the database can't be asked.
pub async fn touched_since(core: &Core, caller: &Caller, since: Timestamp) -> Result<BTreeSet<String>, Error> {
    require(caller, Role::Owner)?;
    let mut ids = made_since(core, since).await?;
    for action in ACTIONS {
        ids.extend(changed_since(core, since, action).await?);
    }
    Ok(ids)
}

/// Ends those of them that are there and live. Answers how many.
///
/// # Errors
/// As [`touched_since`].
pub async fn revoke_touched(
    core: &Core,
    caller: &Caller,
    ids: &BTreeSet<String>,
    since: Timestamp,
) -> Result<u64, Error> {
    require(caller, Role::Owner)?;
    let reason = format!("made or changed since {since}");
    let mut revoked = 0;
    for id in ids {
        revoked += u64::from(end(core, caller, id, &reason).await?);
    }
    Ok(revoked)
}

/// Whether there was something to end.
async fn end(core: &Core, caller: &Caller, id: &str, reason: &str) -> Result<bool, Error> {
    if let Ok(id) = id.parse::<ManagementKeyId>() {
        return end_management_key(core, caller, &id, reason).await;
    }
    if let Ok(id) = id.parse::<VerificationKeyId>() {
        return end_verification_key(core, caller, &id, reason).await;
    }
    if is_revoked(core, id).await? {
        return Ok(false);
    }
    match revoke(core, caller, id, Some(reason)).await {
        Ok(_) => Ok(true),
        // a deleted app leaves rows in the log, and so does what was made after a backup
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn end_management_key(core: &Core, caller: &Caller, id: &ManagementKeyId, reason: &str) -> Result<bool, Error> {
    let found = core.store.find_management_key(id).await?.filter(|found| found.key.revoked_at.is_none());
    let Some(found) = found else { return Ok(false) };
    let org = found.key.org.as_ref();
    let audit =
        core.audit_entry(caller, org, "management_key.revoke", ("management_key", id.as_str())).with("reason", reason);
    core.store.revoke_management_key(org, id, core.clock.now(), &audit).await?;
    Ok(true)
}

async fn end_verification_key(
    core: &Core,
    caller: &Caller,
    id: &VerificationKeyId,
    reason: &str,
) -> Result<bool, Error> {
    let Some(found) = core.store.find_verification_key(id).await? else { return Ok(false) };
    let audit = core
        .audit_entry(caller, Some(&found.owner.id), "verification_key.delete", ("verification_key", id.as_str()))
        .with("api", found.api.id.as_str())
        .with("reason", reason);
    core.store.delete_verification_key(&found.api.id, id, &audit).await?;
    Ok(true)
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
