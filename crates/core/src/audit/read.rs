//! Reading the audit log.

use latchkey_types::{OrgId, Role};

use super::{AuditEntry, AuditFilter, AuditQuery};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::operator;
use crate::ports::{Listed, Page};
use crate::validation::{self, Checks};

/// An organisation's rows, newest first, whatever organisation the query names. Needs [`crate::Action::ReadAudit`].
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    query: AuditQuery,
    page: &Page,
) -> Result<Listed<AuditEntry>, Error> {
    let org = core.enter(caller, org, Action::ReadAudit).await?.org;
    let filter = checked(&query, Some(org.id))?;
    Ok(core.store.list_audit(&filter, page).await?)
}

/// The installation's rows, those of organisations too, for operators; else [`Error::NotFound`].
pub async fn list_all(
    core: &Core,
    caller: &Caller,
    query: AuditQuery,
    page: &Page,
) -> Result<Listed<AuditEntry>, Error> {
    operator::require(caller, Role::Admin)?;
    let filter = checked(&query, query.org.clone())?;
    Ok(core.store.list_audit(&filter, page).await?)
}

fn checked(query: &AuditQuery, org: Option<OrgId>) -> Result<AuditFilter, Error> {
    let mut checks = Checks::default();
    let filter = AuditFilter {
        org,
        action: checks.take(validation::search("action", query.action.as_deref())),
        actor: checks.take(validation::search("actor", query.actor.as_deref())),
        target: checks.take(validation::search("target", query.target.as_deref())),
        from: query.from,
        to: query.to,
    };
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && from >= to
    {
        checks.note("to", "give a time after `from`");
    }
    checks.finish()?;
    Ok(filter)
}
