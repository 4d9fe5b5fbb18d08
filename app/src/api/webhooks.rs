//! Webhooks.

use axum::extract::Path;
use latchkey_core::webhooks::{self, NewWebhook, WebhookPatch};
use latchkey_core::{Action, Error, deliveries};

use super::notices::kinds;
use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

/// Makes a webhook and shows its secret once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let new = kinds(&form, "kinds").map(|kinds| NewWebhook { url: form.text("url").to_owned(), kinds });
    let created = match new {
        Ok(new) => webhooks::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => refused(&ctx, &slug, error).await,
    };
    match created {
        Ok(created) => {
            let page = OrgRoutes(&slug).webhook(&created.webhook.id);
            ctx.show_once(&page, created.webhook.id.to_string(), created.secret).await
        }
        Err(error) => ctx.refuse(&OrgRoutes(&slug).webhooks(), form, error).await,
    }
}

/// Changes its address and kinds.
pub async fn update(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>, form: FormData) -> PageResult {
    let webhook = id(&webhook)?;
    let patch = kinds(&form, "kinds").map(|kinds| WebhookPatch {
        url: Some(form.text("url").to_owned()),
        kinds: Some(kinds),
        enabled: None,
    });
    let updated = match patch {
        Ok(patch) => webhooks::update(ctx.core(), ctx.caller(), &slug, &webhook, patch).await,
        Err(error) => refused(&ctx, &slug, error).await,
    };
    let page = OrgRoutes(&slug).webhook(&webhook);
    match updated {
        Ok(_) => Ok(done(&page, Flash::WebhookChanged)),
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// What is wrong with a form is for those alone who may send it.
async fn refused<T>(ctx: &Ctx, slug: &str, error: Error) -> Result<T, Error> {
    ctx.org(slug, Action::ManageSettings, Section::Notices).await?;
    Err(error)
}

async fn switch(ctx: Ctx, slug: String, webhook: String, enabled: bool, flash: Flash) -> PageResult {
    let webhook = id(&webhook)?;
    let patch = WebhookPatch { enabled: Some(enabled), ..WebhookPatch::default() };
    webhooks::update(ctx.core(), ctx.caller(), &slug, &webhook, patch).await?;
    Ok(done(&OrgRoutes(&slug).webhook(&webhook), flash))
}

/// Switches it on.
pub async fn enable(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    switch(ctx, slug, webhook, true, Flash::WebhookEnabled).await
}

/// Switches it off.
pub async fn disable(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    switch(ctx, slug, webhook, false, Flash::WebhookDisabled).await
}

/// Gives it a new secret and shows that once.
pub async fn rotate(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    let rotated = webhooks::rotate(ctx.core(), ctx.caller(), &slug, &id(&webhook)?).await?;
    let page = OrgRoutes(&slug).webhook(&rotated.webhook.id);
    ctx.show_once(&page, rotated.webhook.id.to_string(), rotated.secret).await
}

/// Sends a test event.
pub async fn send_test(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    let webhook = id(&webhook)?;
    webhooks::send_test(ctx.core(), ctx.caller(), &slug, &webhook).await?;
    Ok(done(&OrgRoutes(&slug).webhook(&webhook), Flash::TestSent))
}

/// Deletes it.
pub async fn delete(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    webhooks::delete(ctx.core(), ctx.caller(), &slug, &id(&webhook)?).await?;
    Ok(done(&OrgRoutes(&slug).webhooks(), Flash::WebhookDeleted))
}

/// Sends something again.
pub async fn send_again(ctx: Ctx, Path((slug, webhook, delivery)): Path<(String, String, String)>) -> PageResult {
    let webhook = id(&webhook)?;
    deliveries::send_again(ctx.core(), ctx.caller(), &slug, &webhook, &id(&delivery)?).await?;
    Ok(done(&OrgRoutes(&slug).webhook(&webhook), Flash::SentAgain))
}
