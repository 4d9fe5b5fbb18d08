//! People: who signed in, told apart by issuer and subject, never by e-mail address.

mod model;

pub use model::{Identity, User};
