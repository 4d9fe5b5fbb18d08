//! `/orgs/{slug}/apps/{id}/created`: the one page that shows a client secret.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apps::{self, App};
use leptos::prelude::*;

use super::detail::first_audience;
use crate::components::{
    Flash, OrgNav, Section, copyable, definitions, flash, page_header, secret_box, token_snippets,
};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// The page.
pub async fn created(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Apps).await?;
    let app = apps::get(ctx.core(), ctx.caller(), &slug, &id(&app)?).await?;
    let audience = first_audience(&app, &latchkey_core::keys::grantable_apis(ctx.core(), ctx.caller(), &slug).await?);
    let secret = ctx.one_time(app.id.as_str()).await?.map(|one_time| one_time.secret.expose().to_owned());
    let (shown, public_url, has_secret) = (nav.clone(), ctx.state.public_url().to_owned(), secret.is_some());
    ctx.org_page_with_secret(nav, "Client secret", has_secret, move || {
        content(&shown, &app, secret, audience.as_deref(), &public_url)
    })
}

pub(crate) fn content(
    nav: &OrgNav,
    app: &App,
    secret: Option<String>,
    audience: Option<&str>,
    public_url: &str,
) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let body = match secret {
        Some(secret) => view! {
            {secret_box("Your client secret", secret, "It is shown this once: nobody can look it up again. Keep it in a secret store, never in code.")}
            {definitions(vec![("client_id", copyable("client-id", app.id.to_string()))])}
            <p><a class="button primary" href=to.app(&app.id)>"I have kept it"</a></p>
            <section class="section">
                <h2>"Get a token"</h2>
                {token_snippets(public_url, app.id.as_str(), audience)}
            </section>
        }
        .into_any(),
        None => view! {
            {flash(Some(Flash::SecretGone))}
            <p><a class="button" href=to.app(&app.id)>"To the app"</a></p>
        }
        .into_any(),
    };
    view! {
        {page_header(Some(("Apps", to.apps())), &app.name, None, ().into_any())}
        {body}
    }
    .into_any()
}
