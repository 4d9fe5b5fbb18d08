//! Management keys: what drives the management API.

mod model;

pub use model::{ManagementKey, NewManagementKey};

use latchkey_types::{ManagementKeyId, Role, Timestamp};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;

/// What a new management key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do; at most the caller's own role.
    pub role: Role,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}

/// A management key that was just made, with its secret, once.
#[derive(Clone, Debug)]
pub struct CreatedManagementKey {
    /// The key.
    pub key: ManagementKey,
    /// Its secret.
    pub secret: PlainSecret,
}

/// Makes a management key; `org: None` makes an operator's, which only operators may. Needs [`crate::Action::ManageManagementKeys`].
pub async fn create(_core: &Core, _caller: &Caller, _org: Option<&str>, _new: NewKey) -> Result<CreatedManagementKey, Error> {
    todo!()
}

/// Lists management keys, newest first.
pub async fn list(_core: &Core, _caller: &Caller, _org: Option<&str>) -> Result<Vec<ManagementKey>, Error> {
    todo!()
}

/// Revokes a management key; again is fine.
pub async fn revoke(_core: &Core, _caller: &Caller, _org: Option<&str>, _id: &ManagementKeyId) -> Result<(), Error> {
    todo!()
}

/// Who a presented management key is: its caller, at this instant; hashed and cached as verification does it.
/// [`Error::Unauthenticated`] for anything else, with constant effort.
pub async fn authenticate(_core: &Core, _presented: &str, _ip: Option<std::net::IpAddr>) -> Result<Caller, Error> {
    todo!()
}
