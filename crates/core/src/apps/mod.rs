//! Apps: OAuth2 clients of the `client_credentials` grant.

mod create;
mod delete;
mod disable;
mod get;
mod grants;
mod list;
mod model;
mod new_secret;
mod revoke;
mod secrets;
mod update;

pub use create::{CreatedApp, NewApp, create};
pub use delete::delete;
pub use disable::{disable, enable};
pub use get::get;
pub use grants::{MAX_GRANTS, NewGrant};
pub use list::list;
pub use model::{App, AppChange, AppGrant, AppSecret, AuthMethod, NewAppSecret, VerifiableApp};
pub use revoke::revoke;
pub use secrets::{CreatedAppSecret, create_secret, delete_secret, list_secrets};
pub use update::{AppPatch, update};

use crate::error::{Conflict, Error};

fn already_revoked() -> Error {
    Error::conflict(Conflict::AlreadyRevoked, "the app is revoked, which is for good; make a new one")
}
