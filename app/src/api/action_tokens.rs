//! Action tokens.

use axum::extract::Path;
use latchkey_core::action_tokens::{self, NewActionToken};
use latchkey_core::{Action, Error};

use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn new_token(form: &FormData) -> Result<NewActionToken, Error> {
    let seconds = |name: &'static str| {
        let read = |text: String| text.parse().map_err(|_| Error::invalid(name, "Choose one of the times."));
        form.some(name).map(read).transpose()
    };
    Ok(NewActionToken {
        api: form.text("api").to_owned(),
        scopes: form.lines("scopes"),
        purpose: form.text("purpose").to_owned(),
        expires_in_seconds: seconds("expires_in_seconds")?,
        max_access_seconds: seconds("max_access_seconds")?,
    })
}

/// Creates a token and shows it once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).action_tokens();
    let created = match new_token(&form) {
        Ok(new) => action_tokens::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => ctx.org(&slug, Action::ManageCredentials, Section::Keys).await.and(Err(error)),
    };
    match created {
        Ok(created) => ctx.show_once(&page, created.token.id.to_string(), created.secret).await,
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Revokes a token.
pub async fn revoke(ctx: Ctx, Path((slug, token)): Path<(String, String)>) -> PageResult {
    action_tokens::revoke(ctx.core(), ctx.caller(), &slug, &id(&token)?, None).await?;
    Ok(done(&OrgRoutes(&slug).action_tokens(), Flash::ActionTokenRevoked))
}
