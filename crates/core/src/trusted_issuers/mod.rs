//! Identity providers whose users' tokens an organisation takes as subject tokens of an exchange (RFC 8693).

mod create;
mod delete;
mod list;
mod model;

pub use create::{NewTrustedIssuer, create};
pub use delete::delete;
pub use list::list;
pub use model::{MAX_TRUSTED_ISSUERS, TrustedIssuer};
