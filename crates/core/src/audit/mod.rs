//! The audit log: who did what, when and from where, written with the change itself.

mod model;

pub use model::{AuditEntry, AuditFilter, AuditOutcome};
