//! `POST /api/v1/orgs/{slug}/apis/{id}/verification-keys`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, apis};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::ApiPath;
use crate::http::management::verification_keys::view::{CreatedVerificationKey, NewVerificationKey, VerificationKey};
use crate::http::{Fields, Problem};

/// Makes a verification key of an API. Its secret is shown this once. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/apis/{id}/verification-keys",
    operation_id = "verification_key.create",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(ApiPath),
    request_body = NewVerificationKey,
    responses((status = 201, description = "The verification key with its secret", body = CreatedVerificationKey), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Fields(new): Fields<NewVerificationKey>,
) -> Result<MadeSecret<CreatedVerificationKey>, Problem> {
    let environments = new.environments.into_iter().map(Into::into).collect();
    let created = apis::create_verification_key(&core, &caller, &path.slug, &path.id, &new.name, environments).await?;
    let key = VerificationKey::from(created.key);
    let secret = created.secret.expose().to_owned();
    Ok(MadeSecret { id: key.id.clone(), body: CreatedVerificationKey { key, secret } })
}
