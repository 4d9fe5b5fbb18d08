//! `/orgs/{slug}/apps/{id}/created`: the one page that shows a client secret.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apps;
use latchkey_core::keys::grantable_apis;
use leptos::prelude::*;

use super::calls::{CallsOf, calls};
use crate::components::{Flash, OrgNav, Section, copyable, definitions, flash, page_header, secret_box};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// The page.
pub async fn created(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Apps).await?;
    let app = apps::get(ctx.core(), ctx.caller(), &slug, &id(&app)?).await?;
    let apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    let secret = ctx.one_time(app.id.as_str()).await?.map(|one_time| one_time.secret.expose().to_owned());
    let (shown, has_secret, now) = (nav.clone(), secret.is_some(), ctx.now);
    let (public_url, certificate_url) = (ctx.state.public_url().to_owned(), ctx.state.certificate_url().to_owned());
    ctx.org_page_with_secret(nav, "Client secret", has_secret, move || {
        let of = CallsOf {
            app: &app,
            keys: &[],
            apis: &apis,
            public_url: &public_url,
            certificate_url: &certificate_url,
            now,
        };
        content(&shown, secret, &of)
    })
}

pub(crate) fn content(nav: &OrgNav, secret: Option<String>, of: &CallsOf<'_>) -> AnyView {
    let app = of.app;
    let to = OrgRoutes(&nav.org.slug);
    let body = match secret {
        Some(secret) => view! {
            {secret_box("Your client secret", secret, "It is shown this once: nobody can look it up again. Keep it in a secret store, never in code.")}
            {definitions(vec![("client_id", copyable("client-id", app.id.to_string()))])}
            <p><a class="button primary" href=to.app(&app.id)>"I have kept it"</a></p>
            <section class="section">
                <h2>"Get a token"</h2>
                {calls(of)}
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
