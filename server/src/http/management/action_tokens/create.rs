//! `POST /api/v1/orgs/{slug}/action-tokens`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, action_tokens};

use crate::http::management::action_tokens::view::{ActionToken, CreatedActionToken, NewActionToken};
use crate::http::management::answer::{Conflicts, MadeSecret, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::{Fields, Problem};

/// Makes a token that the page behind a link swaps, once, at `POST /v1/action-tokens/redeem` for a short access token.
/// Needs developer.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/action-tokens",
    operation_id = "action_token.create",
    tag = "action tokens",
    security(("management_key" = ["developer"])),
    params(OrgPath),
    request_body = NewActionToken,
    responses(
        (status = 201, description = "The action token, with its secret", body = CreatedActionToken),
        Refusal,
        Conflicts
    )
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewActionToken>,
) -> Result<MadeSecret<CreatedActionToken>, Problem> {
    let created = action_tokens::create(&core, &caller, &path.slug, new.into()).await?;
    let id = created.token.id.to_string();
    let secret = created.secret.expose().to_owned();
    let body = CreatedActionToken { about: ActionToken::at(core.clock.now(), created.token), secret };
    Ok(MadeSecret { id, body })
}
