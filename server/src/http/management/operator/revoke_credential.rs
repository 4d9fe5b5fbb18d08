//! `POST /api/v1/operator/credentials/{id}/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, operator};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By, MaybeFields};
use crate::http::management::operator::view::Credential;
use crate::http::management::paths::CredentialPath;
use crate::http::management::revocation::Revocation;

/// Revokes any key or app of the installation. Operators only.
#[utoipa::path(
    post,
    path = "/operator/credentials/{id}/revoke",
    operation_id = "credential.revoke",
    tag = "operator",
    params(CredentialPath),
    request_body = Revocation,
    responses((status = 200, description = "The credential", body = Credential), Refusal, Conflicts)
)]
pub async fn revoke_credential(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<CredentialPath>,
    MaybeFields(revocation): MaybeFields<Revocation>,
) -> Result<Json<Credential>, Problem> {
    let credential = operator::revoke_credential(&core, &caller, &path.id, revocation.reason).await?;
    Ok(Json(Credential::at(core.clock.now(), credential)))
}
