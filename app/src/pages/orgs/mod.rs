//! Organisations: a new one, and its overview.

mod create;
mod overview;

pub use create::new;
pub use overview::show;
