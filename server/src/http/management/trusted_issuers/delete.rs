//! `DELETE /api/v1/orgs/{slug}/trusted-issuers/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use latchkey_core::{Core, trusted_issuers};

use crate::http::Problem;
use crate::http::management::answer::{Conflicts, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::TrustedIssuerPath;

/// Trusts an identity provider no longer. Access tokens that its tokens were exchanged for live on until they expire,
/// which is when those tokens would have, or earlier. Needs admin.
#[utoipa::path(
    delete,
    path = "/orgs/{slug}/trusted-issuers/{id}",
    operation_id = "trusted_issuer.delete",
    tag = "trusted issuers",
    security(("management_key" = ["admin"])),
    params(TrustedIssuerPath),
    responses((status = 204, description = "Deleted"), Refusal, Conflicts)
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<TrustedIssuerPath>,
) -> Result<StatusCode, Problem> {
    trusted_issuers::delete(&core, &caller, &path.slug, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
