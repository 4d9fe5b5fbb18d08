//! What others ask for at an API.

mod approve;
mod deny;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(approve::approve)).routes(routes!(deny::deny)).routes(routes!(list::list))
}
