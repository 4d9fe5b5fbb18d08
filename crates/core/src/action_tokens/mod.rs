//! Action tokens: a server puts one into the fragment of a link, and the page behind the link swaps it, once, for a short
//! access token of few scopes.

mod create;
mod get;
mod list;
mod model;
mod prove;
mod revoke;

pub use create::{
    CreatedActionToken, DEFAULT_ACCESS_SECONDS, DEFAULT_SECONDS, MAX_ACCESS_SECONDS, MAX_SCOPES, MAX_SECONDS,
    NewActionToken, create,
};
pub use get::get;
pub use list::list;
pub use model::{ActionToken, ActionTokenStatus, StoredActionToken, VerifiableActionToken};
pub(crate) use prove::prove;
pub use revoke::revoke;

/// What its HMAC is for.
const USE: &str = "action-token";
