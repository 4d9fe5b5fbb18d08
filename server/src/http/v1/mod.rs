//! What an API asks about a credential.

mod verify;

use super::Routes;

/// `/v1/…`.
pub fn routes() -> Routes {
    Routes::new().post("/v1/verify", verify::verify)
}
