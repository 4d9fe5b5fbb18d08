//! The operator desk: every credential of the installation.

mod model;

pub use model::CredentialSummary;
