//! Apps: OAuth2 clients of the `client_credentials` grant.

mod model;

pub use model::{App, AppChange, AppGrant, AppSecret, AuthMethod, NewAppSecret, VerifiableApp};
