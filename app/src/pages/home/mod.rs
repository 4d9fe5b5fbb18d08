//! The start page, and signing in and out.

pub(crate) mod index;
pub(crate) mod sign_in;
pub(crate) mod signed_out;

pub use index::index;
pub use sign_in::sign_in;
pub use signed_out::signed_out;
