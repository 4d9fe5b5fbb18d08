//! What the organisation was told, and what of it goes by mail.

mod get_settings;
mod list;
mod update_settings;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::list))
        .routes(routes!(get_settings::get))
        .routes(routes!(update_settings::update))
}
