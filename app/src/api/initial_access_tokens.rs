//! Initial access tokens.

use axum::extract::Path;
use latchkey_core::initial_access_tokens::{self, NewInitialAccessToken};
use latchkey_core::{Action, Error};
use latchkey_types::Timestamp;

use super::apps::grants;
use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn new_token(form: &FormData, now: Timestamp) -> Result<NewInitialAccessToken, Error> {
    let uses = form.text("uses").parse().map_err(|_| Error::invalid("uses", "Write a whole number from 1 on."))?;
    Ok(NewInitialAccessToken {
        name: form.text("name").to_owned(),
        grants: grants(form),
        uses: Some(uses),
        expires_at: form.end("expires_at", now)?,
    })
}

/// Creates a token and shows it once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).initial_access_tokens();
    let created = match new_token(&form, ctx.now) {
        _ if form.has("more") => {
            let nothing_wrong = Error::Invalid(Vec::new());
            ctx.org(&slug, Action::ManageInitialAccessTokens, Section::Apps).await.and(Err(nothing_wrong))
        }
        Ok(new) => initial_access_tokens::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => ctx.org(&slug, Action::ManageInitialAccessTokens, Section::Apps).await.and(Err(error)),
    };
    match created {
        Ok(created) => ctx.show_once(&page, created.token.id.to_string(), created.secret).await,
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Revokes a token.
pub async fn revoke(ctx: Ctx, Path((slug, token)): Path<(String, String)>) -> PageResult {
    initial_access_tokens::revoke(ctx.core(), ctx.caller(), &slug, &id(&token)?).await?;
    Ok(done(&OrgRoutes(&slug).initial_access_tokens(), Flash::RegistrationRevoked))
}
