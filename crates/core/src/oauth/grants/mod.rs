//! The grants, one file each.

pub(super) mod client_credentials;
pub(super) mod jwt_bearer;
pub(super) mod token_exchange;
