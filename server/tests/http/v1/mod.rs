//! `/v1`.

mod verify;
mod verify_limits;
