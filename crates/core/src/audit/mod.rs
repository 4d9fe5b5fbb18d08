//! The audit log: who did what, when and from where, written with the change itself.

mod denied;
mod entry;
mod model;
mod read;

pub use denied::denied;
pub use model::{AuditEntry, AuditFilter, AuditOutcome};
pub use read::{list, list_all};

/// Which rows to show, as asked; see [`AuditFilter`].
pub use model::AuditFilter as AuditQuery;
