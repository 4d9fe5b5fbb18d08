//! What stands around every handler, one file each.
//!
//! From the outside in: `observe` (request id, log line, metrics), `panic`, `security_headers`, `host`,
//! `client_address`, `body_deadline`, a body limit; for pages besides `origin`, the session and `no_store`.

pub mod body_deadline;
pub mod client_address;
pub mod host;
pub mod no_store;
pub mod observe;
pub mod origin;
pub mod panic;
pub mod security_headers;
