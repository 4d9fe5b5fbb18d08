//! The operator desk: every credential and every organisation of the installation.

mod credentials;
mod model;
mod orgs;
mod restored;

pub use credentials::{credentials, revoke_credential};
pub use model::CredentialSummary;
pub use orgs::{orgs, set_suspended};
pub use restored::{revoke_since, revoke_touched, touched_since};

use latchkey_types::Role;

use crate::caller::{Actor, Caller};
use crate::error::Error;

/// Lets operators pass whose role is at least this: a person or the command line may everything, a key what its role says.
///
/// # Errors
/// [`Error::NotFound`] for everybody else: the desk isn't there for them. [`Error::Forbidden`] for a key of a lesser role.
pub(crate) fn require(caller: &Caller, least: Role) -> Result<(), Error> {
    if !caller.actor.is_operator() {
        return Err(Error::NotFound);
    }
    match &caller.actor {
        Actor::ManagementKey { role, .. } if *role < least => {
            Err(Error::Forbidden("an operator's key with a higher role may do this"))
        }
        _ => Ok(()),
    }
}
