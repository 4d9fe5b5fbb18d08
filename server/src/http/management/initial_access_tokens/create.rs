//! `POST /api/v1/orgs/{slug}/initial-access-tokens`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, initial_access_tokens};

use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::initial_access_tokens::view::{
    CreatedInitialAccessToken, InitialAccessToken, NewInitialAccessToken,
};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes a token with which a program registers clients at `/oauth/register` (RFC 7591), shown this once. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/initial-access-tokens",
    operation_id = "initial_access_token.create",
    tag = "initial access tokens",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewInitialAccessToken,
    responses(
        (status = 201, description = "The initial access token, with its secret", body = CreatedInitialAccessToken),
        Refusal,
        Conflicts
    )
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewInitialAccessToken>,
) -> Result<MadeSecret<CreatedInitialAccessToken>, Problem> {
    let created = initial_access_tokens::create(&core, &caller, &path.slug, new.into()).await?;
    let id = created.token.id.to_string();
    let token = created.secret.expose().to_owned();
    let body = CreatedInitialAccessToken { about: InitialAccessToken::from(created.token), token };
    Ok(MadeSecret { id, body })
}
