//! `POST /api/v1/orgs/{slug}/apps`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use latchkey_core::{Core, apps};

use crate::http::management::answer::{Conflicts, Made, MadeSecret, Refusal};
use crate::http::management::apps::view::{App, CreatedApp, NewApp};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes an app, with its first client secret where it is to have one, shown this once. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps",
    operation_id = "app.create",
    tag = "apps",
    security(("management_key" = ["developer"])),
    params(OrgPath),
    request_body = NewApp,
    responses((status = 201, description = "The app, with its client secret if it has one", body = CreatedApp), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewApp>,
) -> Result<Response, Problem> {
    let created = apps::create(&core, &caller, &path.slug, new.into()).await?;
    let app = App::of(&core, created.app).await?;
    let client_secret = created.client_secret.map(|secret| secret.expose().to_owned());
    let (id, has_secret) = (app.id.clone(), client_secret.is_some());
    let body = CreatedApp { app, client_secret };
    Ok(if has_secret { MadeSecret { id, body }.into_response() } else { Made(body).into_response() })
}
