//! `POST /api/v1/orgs/{slug}/security-tier/preview`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, tiers};

use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::security_tier::view::{TierPreview, WantedTier};
use crate::http::{Fields, Problem};

/// Shows what another security tier would break, and changes nothing. Needs owner.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/security-tier/preview",
    operation_id = "org.security_tier.preview",
    tag = "organisations",
    security(("management_key" = ["owner"])),
    params(OrgPath),
    request_body = WantedTier,
    responses((status = 200, description = "What it would break", body = TierPreview), Refusal)
)]
pub async fn preview(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(wanted): Fields<WantedTier>,
) -> Result<Json<TierPreview>, Problem> {
    let preview = tiers::preview(&core, &caller, &path.slug, wanted.security_tier.into()).await?;
    Ok(Json(TierPreview::from(preview)))
}
