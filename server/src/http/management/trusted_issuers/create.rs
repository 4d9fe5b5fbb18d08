//! `POST /api/v1/orgs/{slug}/trusted-issuers`.

use std::sync::Arc;

use axum::extract::State;
use latchkey_core::{Core, trusted_issuers};

use crate::http::management::answer::{Conflicts, Made, Refusal};
use crate::http::management::extract::{At, By};
use crate::http::management::paths::OrgPath;
use crate::http::management::trusted_issuers::view::{NewTrustedIssuer, TrustedIssuer};
use crate::http::{Fields, Problem};

/// Lets the organisation's apps exchange tokens that an identity provider made for its users. Needs admin.
#[utoipa::path(
    post,
    path = "/orgs/{slug}/trusted-issuers",
    operation_id = "trusted_issuer.create",
    tag = "trusted issuers",
    security(("management_key" = ["admin"])),
    params(OrgPath),
    request_body = NewTrustedIssuer,
    responses((status = 201, description = "The trusted issuer", body = TrustedIssuer), Refusal, Conflicts)
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Fields(new): Fields<NewTrustedIssuer>,
) -> Result<Made<TrustedIssuer>, Problem> {
    let trusted = trusted_issuers::create(&core, &caller, &path.slug, new.into()).await?;
    TrustedIssuer::try_from(trusted).map(Made)
}
