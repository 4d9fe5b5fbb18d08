//! Initial access tokens: with one, a program registers clients of the organisation by itself (RFC 7591 section 1.2).

mod authenticate;
mod create;
mod list;
mod model;
mod revoke;

pub(crate) use authenticate::{authenticate, prove};
pub use create::{CreatedInitialAccessToken, DEFAULT_DAYS, MAX_DAYS, MAX_USES, NewInitialAccessToken, create};
pub use list::list;
pub use model::{InitialAccessToken, MAX_INITIAL_ACCESS_TOKENS, StoredInitialAccessToken};
pub use revoke::revoke;

/// What its HMAC is for.
const PURPOSE: &str = "initial-access-token";
