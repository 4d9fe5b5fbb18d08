//! The operator desk.

mod list_credentials;
mod list_signing_keys;
mod revoke_credential;
mod revoke_signing_key;
mod rotate_signing_key;
mod suspend;
mod unsuspend;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_credentials::list_credentials))
        .routes(routes!(list_signing_keys::list_signing_keys))
        .routes(routes!(revoke_credential::revoke_credential))
        .routes(routes!(revoke_signing_key::revoke_signing_key))
        .routes(routes!(rotate_signing_key::rotate_signing_key))
        .routes(routes!(suspend::suspend))
        .routes(routes!(unsuspend::unsuspend))
}
