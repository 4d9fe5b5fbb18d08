//! API keys and JWT keys.

mod create;
mod disable;
mod get;
mod grantable;
mod import;
mod lifetime;
mod list;
mod model;
mod new_secret;
mod revoke;
mod rotate;
mod update;
mod update_as_api_owner;

pub use create::{CreatedKey, NewKey, create};
pub use disable::{disable, enable};
pub use get::get;
pub use grantable::{GrantableApi, grantable_apis, load_operations};
pub(crate) use grantable::{check_open, check_scopes, find_grantable};
pub use import::{MAX_IMPORTED, NewImport, import};
pub use list::list;
pub use model::{Generation, GenerationSecret, ImportedKey, Key, KeyChange, KeyFilter, Rotation, VerifiableKey};
pub use revoke::revoke;
pub use rotate::{MAX_OVERLAP_SECONDS, rotate};
pub use update::{KeyPatch, update};
pub use update_as_api_owner::{ApiOwnerPatch, update_as_api_owner};

use crate::error::{Conflict, Error};
use crate::orgs::Org;

/// What the holder of a credential for another organisation's API may not decide (contract section 10, "Who owns what").
const API_OWNERS_TO_SET: &str = "`owner`, `metadata`, `rate_limits` and `credits` of a key for another organisation's API are its owner's to set; use \
     `labels` for notes";

/// A suspended organisation gets no new secrets. Ending things goes on.
pub(crate) fn refuse_suspended(org: &Org) -> Result<(), Error> {
    if org.suspended_at.is_some() {
        return Err(Error::Forbidden("the organisation is suspended: it can end credentials, not make new ones"));
    }
    Ok(())
}

fn already_revoked() -> Error {
    Error::conflict(Conflict::AlreadyRevoked, "the key is revoked, which is for good; make a new one")
}
