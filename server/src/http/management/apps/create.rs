//! `POST /api/v1/orgs/{slug}/apps`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apps};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::apps::view::{App, CreatedApp, NewApp};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes an app with its first client secret, shown this once. Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apps",
    operation_id = "app.create",
    tag = "apps",
    params(OrgPath),
    request_body = NewApp,
    responses((status = 201, description = "The app with its client secret", body = CreatedApp), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewApp>,
) -> Result<MadeSecret<CreatedApp>, Problem> {
    let created = apps::create(&core, &caller, &path.slug, new.into()).await?;
    let app = App::from(created.app);
    let client_secret = created.client_secret.expose().to_owned();
    Ok(MadeSecret { id: app.id.clone(), body: CreatedApp { app, client_secret } })
}
