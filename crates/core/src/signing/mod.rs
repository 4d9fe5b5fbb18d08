//! Signing keys: made at first start, sealed at rest, published before use, rotated.

mod model;

pub use model::{SigningKeyRow, SigningKeyState};
