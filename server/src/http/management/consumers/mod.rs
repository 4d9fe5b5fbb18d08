//! Consumers of an API.

mod block;
mod list;
mod unblock;
mod update;
mod update_key;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(block::block))
        .routes(routes!(list::list))
        .routes(routes!(unblock::unblock))
        .routes(routes!(update::update))
        .routes(routes!(update_key::update_key))
}
