//! API keys and JWT keys.

mod create;
mod disable;
mod enable;
mod get;
mod import;
mod list;
mod revoke;
mod rotate;
mod update;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::create))
        .routes(routes!(disable::disable))
        .routes(routes!(enable::enable))
        .routes(routes!(get::get))
        .routes(routes!(import::import))
        .routes(routes!(list::list))
        .routes(routes!(revoke::revoke))
        .routes(routes!(rotate::rotate))
        .routes(routes!(update::update))
}
