//! Workload rules: which tokens of outside issuers stand for whom.

mod create;
mod delete;
mod list;
mod test;
pub mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// Its operations.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::create))
        .routes(routes!(delete::delete))
        .routes(routes!(list::list))
        .routes(routes!(test::test))
}
