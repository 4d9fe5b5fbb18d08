//! `POST /api/v1/orgs/{slug}/apis/{id}/consumers/{consumer}/block`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::consumers::view::Policy;
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::ConsumerPath;

/// Blocks a consumer: its credentials for the API are `DISABLED`. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apis/{id}/consumers/{consumer}/block",
    operation_id = "consumer.block",
    tag = "consumers",
    security(("management_key" = ["admin"])),
    params(ConsumerPath),
    responses((status = 200, description = "What was decided", body = Policy), Refusal, Conflicts)
)]
pub async fn block(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ConsumerPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<Json<Policy>, Problem> {
    let policy = apis::set_consumer_blocked(&core, &caller, &path.slug, &path.id, &path.consumer, true).await?;
    Ok(Json(Policy::of(&core, &path, policy).await?))
}
