//! The audit log: who did what, when and from where, written with the change itself.

mod entry;
mod model;

pub use model::{AuditEntry, AuditFilter, AuditOutcome};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};

/// Which rows to show, as asked; see [`AuditFilter`].
pub use model::AuditFilter as AuditQuery;

/// An organisation's rows, newest first. Needs [`crate::Action::ReadAudit`].
pub async fn list(_core: &Core, _caller: &Caller, _org: &str, _query: AuditQuery, _page: &Page) -> Result<Listed<AuditEntry>, Error> {
    todo!()
}

/// The installation's rows, for operators.
pub async fn list_all(_core: &Core, _caller: &Caller, _query: AuditQuery, _page: &Page) -> Result<Listed<AuditEntry>, Error> {
    todo!()
}

/// Notes a refused management call.
pub async fn denied(_core: &Core, _caller: &Caller, _org: Option<&str>, _action: &str, _target: (&str, &str)) -> Result<(), Error> {
    todo!()
}
