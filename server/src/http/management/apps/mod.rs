//! Apps.

mod certificate;
mod create;
mod delete;
mod disable;
mod enable;
mod get;
mod list;
mod revoke;
mod update;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::create))
        .routes(routes!(delete::delete))
        .routes(routes!(disable::disable))
        .routes(routes!(enable::enable))
        .routes(routes!(get::get))
        .routes(routes!(list::list))
        .routes(routes!(revoke::revoke))
        .routes(routes!(update::update))
}
