//! Noting what was refused.

use latchkey_types::OrgId;

use super::{AuditEntry, AuditOutcome};
use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::validation;

/// The most characters kept of what a stranger named.
const MAX_TARGET_LENGTH: usize = 100;

/// Notes a refused management call: in the log of the organisation that was named where the caller has a part in it,
/// else in the log of the caller's own organisation (a key's), else in the installation's. So nobody can
/// write into the log of an organisation that isn't theirs.
pub async fn denied(
    core: &Core,
    caller: &Caller,
    org: Option<&str>,
    action: &str,
    target: (&str, &str),
) -> Result<(), Error> {
    let log = match org {
        Some(slug) => match core.enter(caller, slug, Action::ReadApis).await {
            Ok(access) => Some(access.org.id),
            Err(Error::NotFound | Error::Forbidden(_)) => own(caller),
            Err(error) => return Err(error),
        },
        None => own(caller),
    };
    let id: String = target.1.chars().filter(|character| !character.is_control()).take(MAX_TARGET_LENGTH).collect();
    let mut entry = core.audit_entry(caller, log.as_ref(), action, (target.0, &id));
    if let Some(slug) = org.filter(|slug| validation::is_slug(slug)) {
        entry = entry.with("org", slug);
    }
    Ok(core.store.insert_audit(&AuditEntry { outcome: AuditOutcome::Denied, ..entry }).await?)
}

fn own(caller: &Caller) -> Option<OrgId> {
    match &caller.actor {
        Actor::ManagementKey { org, .. } => org.clone(),
        Actor::ServiceAccount { org, .. } => Some(org.clone()),
        Actor::User { .. } | Actor::CommandLine | Actor::System => None,
    }
}
