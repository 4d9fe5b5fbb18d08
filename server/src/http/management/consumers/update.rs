//! `PUT /api/v1/orgs/{slug}/apis/{id}/consumers/{consumer}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::consumers::view::{NewPolicy, Policy};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ConsumerPath;
use crate::http::{Fields, Problem};

/// Decides what verify answers with a consumer's credentials and which scopes it may hold. Needs admin.
#[utoipa::path(
    put,
    path = "/orgs/{slug}/apis/{id}/consumers/{consumer}",
    operation_id = "consumer.update",
    tag = "consumers",
    security(("management_key" = ["admin"])),
    params(ConsumerPath),
    request_body = NewPolicy,
    responses((status = 200, description = "What was decided", body = Policy), Refusal, Conflicts)
)]
pub async fn update(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ConsumerPath>,
    Fields(new): Fields<NewPolicy>,
) -> Result<Json<Policy>, Problem> {
    let policy = apis::set_consumer_policy(&core, &caller, &path.slug, &path.id, &path.consumer, new.into()).await?;
    Ok(Json(Policy::of(&core, &path, policy).await?))
}
