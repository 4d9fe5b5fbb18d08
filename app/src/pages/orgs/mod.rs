//! Organisations: a new one, and its overview.

pub(crate) mod create;
pub(crate) mod overview;

pub use create::new;
pub use overview::show;
