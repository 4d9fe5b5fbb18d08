//! Identity providers that an organisation trusts.

use axum::extract::Path;
use latchkey_core::trusted_issuers::{self, NewTrustedIssuer};
use latchkey_core::{Action, Error};

use super::client_keys::{forget_private, jwk_set};
use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn new_issuer(form: &FormData) -> Result<NewTrustedIssuer, Error> {
    Ok(NewTrustedIssuer {
        issuer: form.text("issuer").to_owned(),
        audience: form.text("audience").to_owned(),
        jwks: jwk_set(form, "jwks")?,
    })
}

/// Trusts one.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, mut form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).trusted_issuers();
    let created = match new_issuer(&form) {
        Ok(new) => trusted_issuers::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await.and(Err(error)),
    };
    match created {
        Ok(_) => Ok(done(&page, Flash::IssuerTrusted)),
        Err(error) => {
            forget_private(&mut form, &["jwks"]);
            ctx.refuse(&page, form, error).await
        }
    }
}

/// Trusts one no longer.
pub async fn delete(ctx: Ctx, Path((slug, issuer)): Path<(String, String)>) -> PageResult {
    trusted_issuers::delete(ctx.core(), ctx.caller(), &slug, &id(&issuer)?).await?;
    Ok(done(&OrgRoutes(&slug).trusted_issuers(), Flash::IssuerDeleted))
}
