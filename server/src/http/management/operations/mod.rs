//! The operations of an API: its `OpenAPI` document.

mod get;
mod set;
pub mod view;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// A document, in bytes (contract section 10, "Limits"); every other body of the management API is smaller.
const DOCUMENT_LIMIT: usize = 5 * 1024 * 1024;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    let set = OpenApiRouter::default().routes(routes!(set::set)).layer(DefaultBodyLimit::max(DOCUMENT_LIMIT));
    OpenApiRouter::default().routes(routes!(get::get)).merge(set)
}
