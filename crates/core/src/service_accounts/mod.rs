//! Service accounts: users that are programs.
//!
//! Who manages one must hold all that it holds: nobody gives an account a role above their own, and nobody changes, or
//! adds a key to, an account that may more than they.

mod authenticate;
mod create;
mod delete;
mod disable;
mod get;
mod grants;
mod keys;
mod list;
mod model;
mod revoke;
mod roles;
mod update;

pub use authenticate::authenticate;
pub use create::{CreatedServiceAccount, NewServiceAccount, create};
pub use delete::delete;
pub use disable::{disable, enable};
pub use get::get;
pub use keys::{create_key, delete_key, list_keys};
pub use list::list;
pub use model::{AccountGrant, AccountGrants, ServiceAccount, ServiceAccountChange, VerifiableServiceAccount};
pub use revoke::revoke;
pub use update::{GrantsPatch, ServiceAccountPatch, update};

use latchkey_types::ServiceAccountId;

use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::{Conflict, Error};

fn already_revoked() -> Error {
    Error::conflict(Conflict::AlreadyRevoked, "the service account is revoked, which is for good; make a new one")
}

/// An account that the caller may manage: none whose role is above their own.
async fn managed(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
) -> Result<(Access, ServiceAccount), Error> {
    let access = core.enter(caller, org, Action::ManageServiceAccounts).await?;
    let account = core.store.find_service_account(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    if account.role() > access.role {
        return Err(Error::Forbidden("a service account of a higher role is managed by who has that role"));
    }
    Ok((access, account))
}
