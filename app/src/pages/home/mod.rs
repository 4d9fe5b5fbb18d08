//! The start page, and signing in and out.

mod index;
mod sign_in;
mod signed_out;

pub use index::index;
pub use sign_in::sign_in;
pub use signed_out::signed_out;
