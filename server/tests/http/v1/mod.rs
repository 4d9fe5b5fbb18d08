//! `/v1`.

mod verify;
