//! `POST /api/v1/orgs/{slug}/apps/{id}/secrets`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::app_secrets::view::{AppSecret, CreatedAppSecret};
use crate::http::management::extract::{At, By, MaybeFields, Nothing};
use crate::http::management::paths::AppPath;

/// Makes a second client secret, shown this once; two are the most. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps/{id}/secrets",
    operation_id = "app.secret.create",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(AppPath),
    responses((status = 201, description = "The client secret", body = CreatedAppSecret), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<AppPath>,
    MaybeFields(Nothing {}): MaybeFields<Nothing>,
) -> Result<MadeSecret<CreatedAppSecret>, Problem> {
    let created = apps::create_secret(&core, &caller, &path.slug, &path.id).await?;
    let secret = AppSecret::from(created.secret);
    let client_secret = created.client_secret.expose().to_owned();
    Ok(MadeSecret { id: secret.id.clone(), body: CreatedAppSecret { secret, client_secret } })
}
