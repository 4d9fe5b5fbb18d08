//! Signing keys: made at first start, sealed at rest, published before use, rotated.

mod jwks;
mod keyring;
mod list;
mod load;
mod maintain;
mod make;
mod model;
mod reseal;
mod revoke;
mod rotate;

pub use jwks::jwks;
pub use keyring::{Keyring, Ring};
pub use list::{SigningKeyInfo, list};
pub use load::{current, load, signer};
pub use maintain::maintain;
pub use model::{SigningAlg, SigningKeyRow, SigningKeyState};
pub use reseal::reseal;
pub use revoke::revoke;
pub use rotate::rotate;

use latchkey_types::Role;

use crate::caller::{Actor, Caller};
use crate::error::Error;

/// How long a key is published before it signs, in seconds; the very first one excepted.
pub const PUBLISH_BEFORE_USE_SECONDS: i64 = 15 * 60;
/// `max-age` of the JWKS, in seconds.
pub const JWKS_MAX_AGE_SECONDS: i64 = 300;
/// How old the active key gets before the job rotates it, in seconds: 30 days.
pub const ROTATE_AFTER_SECONDS: i64 = 30 * 24 * 3600;

/// Operators only: others learn nothing of what stands here. To change something, an operator's key needs the role of
/// an owner.
fn operators_only(caller: &Caller, least: Role) -> Result<(), Error> {
    if !caller.actor.is_operator() {
        return Err(Error::NotFound);
    }
    match caller.actor {
        Actor::ManagementKey { role, .. } if role < least => {
            Err(Error::Forbidden("an operator's key of the role owner may do this"))
        }
        _ => Ok(()),
    }
}
