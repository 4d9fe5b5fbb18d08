//! What an API asks about a credential.

mod forward_auth;
mod leaks;
mod redeem;
mod revoke;
mod verify;

use axum::extract::DefaultBodyLimit;

use super::Routes;

/// Bodies of leak reports, in bytes: about a thousand secrets.
const REPORT_BODY_LIMIT: usize = 256 * 1024;

/// `/v1/…`.
pub fn routes() -> Routes {
    Routes::new()
        .post("/v1/verify", verify::verify)
        .any("/v1/forward-auth", forward_auth::by_headers)
        // the call of the path `/`
        .any("/v1/forward-auth/", forward_auth::by_path)
        .any("/v1/forward-auth/{*path}", forward_auth::by_path)
        .merge(redeem::routes())
        .post("/v1/revoke", revoke::revoke)
        .merge(Routes::new().post("/v1/leaks", leaks::leaks).layer(DefaultBodyLimit::max(REPORT_BODY_LIMIT)))
}
