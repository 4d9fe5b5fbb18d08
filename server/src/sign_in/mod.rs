//! Sign-in by OpenID Connect: authorization code with PKCE (OpenID Connect Core 1.0 section 3.1; RFC 9700 section 2.1).

mod callback;
mod http_client;
mod pending;
mod person;
mod provider;
mod return_path;
mod sign_out;
mod start;
mod throttle;

pub use provider::{Providers, UnreachableProvider};
pub use return_path::ReturnPath;
pub use sign_out::continue_at_provider;

use crate::http::Routes;

/// Start, callback and sign-out.
pub fn routes() -> Routes {
    Routes::new()
        .get("/sign-in/{provider}", start::start)
        .get("/sign-in/{provider}/callback", callback::callback)
        .post("/sign-out", sign_out::sign_out)
}
