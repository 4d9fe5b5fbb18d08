//! `/v1`.

mod forward_auth;
mod leaks;
mod redeem;
mod revoke;
mod verify;
mod verify_limits;
