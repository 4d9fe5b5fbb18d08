//! Action tokens.

mod create;
mod get;
mod list;
mod revoke;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::create))
        .routes(routes!(get::get))
        .routes(routes!(list::list))
        .routes(routes!(revoke::revoke))
}
