//! What clients and verifiers find out by themselves.

mod authorization_server;
mod jwks;
mod latchkey;

use super::Routes;

/// `/.well-known/…` of the authorization server.
pub fn routes() -> Routes {
    Routes::new()
        .get("/.well-known/jwks.json", jwks::jwks)
        .get("/.well-known/latchkey", latchkey::latchkey)
        .get("/.well-known/oauth-authorization-server", authorization_server::metadata)
}
