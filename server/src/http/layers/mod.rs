//! What stands around every handler, one file each.
//!
//! `around` puts together what every route has: `observe` (request id, log line, metrics), `security_headers`, `panic`,
//! `host`, `client_address`, `client_certificate`. Pages have `origin`, the session and `no_store` besides.

pub mod around;
pub mod client_address;
pub mod client_certificate;
pub mod host;
pub mod no_store;
pub mod observe;
pub mod origin;
pub mod panic;
pub mod security_headers;
