//! People: who signed in, told apart by issuer and subject, never by e-mail address.

mod model;

pub use model::{Identity, User};

use latchkey_types::UserId;

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::ports::SessionRow;

/// Notes a sign-in: knows the person by (issuer, subject), makes them the owner of what waits for their verified address.
pub async fn sign_in(_core: &Core, _identity: Identity, _ip: Option<std::net::IpAddr>) -> Result<User, Error> {
    todo!()
}

/// Notes a sign-out.
pub async fn sign_out(_core: &Core, _caller: &Caller) -> Result<(), Error> {
    todo!()
}

/// A person by id.
pub async fn find(_core: &Core, _id: &UserId) -> Result<Option<User>, Error> {
    todo!()
}

/// Whether `LATCHKEY_OPERATORS` names this person.
pub fn is_operator(_core: &Core, _user: &User) -> bool {
    todo!()
}

/// The caller's own live sessions, last seen first.
pub async fn sessions(_core: &Core, _caller: &Caller) -> Result<Vec<SessionRow>, Error> {
    todo!()
}

/// Ends one of the caller's own sessions.
pub async fn end_session(_core: &Core, _caller: &Caller, _id_hash: &[u8; 32]) -> Result<(), Error> {
    todo!()
}

/// Ends all of the caller's own sessions but one. Answers how many.
pub async fn end_other_sessions(_core: &Core, _caller: &Caller, _keep: &[u8; 32]) -> Result<u64, Error> {
    todo!()
}
