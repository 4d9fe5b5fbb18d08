//! What Latchkey does: use cases, and the ports they need. No HTTP, no HTML, no SQL.

pub mod accounts;
pub mod apis;
pub mod apps;
pub mod attempts;
pub mod audit;
pub mod caller;
pub mod certificate;
mod client_keys;
pub mod clock;
pub mod core;
pub mod error;
pub mod hashing;
pub mod keys;
pub mod management_keys;
pub mod oauth;
pub mod operator;
pub mod orgs;
pub mod plain_secret;
pub mod ports;
pub mod random;
pub mod remote_keys;
mod secret_check;
pub mod service_accounts;
pub mod settings;
pub mod signing;
pub mod trusted_issuers;
pub mod usage;
pub mod validation;
pub mod vault;
pub mod verify;
pub mod workloads;

pub use crate::core::{Access, Core, Parts};
pub use caller::{Action, Actor, Caller};
pub use client_keys::NewClientKey;
pub use error::{Conflict, Error, FieldError};
pub use plain_secret::PlainSecret;
