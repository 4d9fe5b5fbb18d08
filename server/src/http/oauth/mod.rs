//! The `OAuth2` endpoints for machines (RFC 6749, RFC 7662, RFC 7009).

mod authentication;
mod bootstrap;
mod client_information;
mod dpop;
pub mod error;
mod introspect;
mod parameters;
mod register;
mod revoke;
pub mod supported;
pub mod token;

use super::Routes;
use super::layers::no_store::Never;

/// `/oauth/…`.
pub fn routes() -> Routes {
    Routes::new()
        .post("/oauth/token", token::token)
        .post("/oauth/bootstrap", bootstrap::bootstrap)
        .post("/oauth/register", register::register)
        .post("/oauth/introspect", introspect::introspect)
        .post("/oauth/revoke", revoke::revoke)
        .layer(Never)
}
