//! The operator desk.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_core::operator;

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult};
use crate::routes::{self, with_query};

/// Back to the desk with the same search.
fn back(form: &FormData, flash: Flash) -> Response {
    Redirect::to(&with_query(routes::OPERATOR, &[("q", form.text("q")), ("done", flash.code())])).into_response()
}

/// Revokes any credential.
pub async fn revoke(ctx: Ctx, form: FormData) -> PageResult {
    let page = with_query(routes::OPERATOR, &[("q", form.text("q"))]);
    match operator::revoke_credential(ctx.core(), ctx.caller(), form.text("id"), form.some("reason")).await {
        Ok(_) => Ok(back(&form, Flash::CredentialRevoked)),
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Suspends an organisation.
pub async fn suspend(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    operator::set_suspended(ctx.core(), ctx.caller(), &slug, true).await?;
    Ok(back(&form, Flash::OrgSuspended))
}

/// Unsuspends an organisation.
pub async fn unsuspend(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    operator::set_suspended(ctx.core(), ctx.caller(), &slug, false).await?;
    Ok(back(&form, Flash::OrgUnsuspended))
}
