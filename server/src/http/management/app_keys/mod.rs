//! Public keys of an app.

mod create;
mod delete;
mod list;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(create::create)).routes(routes!(delete::delete)).routes(routes!(list::list))
}
