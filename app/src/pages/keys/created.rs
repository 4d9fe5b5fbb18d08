//! `/orgs/{slug}/keys/{id}/created`: the one page that shows a key's secret.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::keys::{self, Key};
use latchkey_types::CredentialKind;
use leptos::prelude::*;

use crate::components::{Flash, OrgNav, Section, flash, page_header, secret_box, verify_snippets};
use crate::request::{Ctx, PageResult, id};
use crate::routes::OrgRoutes;

/// The page.
pub async fn created(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> PageResult {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Keys).await?;
    let key = keys::get(ctx.core(), ctx.caller(), &slug, &id(&key)?).await?;
    let secret = ctx.one_time(key.id.as_str()).await?.map(|one_time| one_time.secret.expose().to_owned());
    let (shown, public_url) = (nav.clone(), ctx.state.public_url().to_owned());
    let has_secret = secret.is_some();
    ctx.org_page_with_secret(nav, "Key created", has_secret, move || content(&shown, &key, secret, &public_url))
}

/// The page's content.
pub fn content(nav: &OrgNav, key: &Key, secret: Option<String>, public_url: &str) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let rotated = key.generations.first().is_some_and(|generation| generation.number > 1);
    let title = if rotated { "Key rotated" } else { "Key created" };
    let label = if key.kind == CredentialKind::JwtKey { "Your JWT" } else { "Your API key" };
    let body = match secret {
        Some(secret) => view! {
            {secret_box(label, secret, "It is shown this once: nobody can look it up again. Keep it in a secret store, never in code.")}
            <p><a class="button primary" href=to.key(&key.id)>"I have kept it"</a></p>
            <section class="section">
                <h2>"Verify it"</h2>
                <p class="quiet">"From your API, with its verification key in LATCHKEY_VERIFICATION_KEY and the key in API_KEY:"</p>
                {verify_snippets(public_url)}
            </section>
        }
        .into_any(),
        None => view! {
            {flash(Some(Flash::SecretGone))}
            <p><a class="button" href=to.key(&key.id)>"To the key"</a></p>
        }
        .into_any(),
    };
    view! {
        {page_header(Some(("Keys", to.keys())), title, Some(&key.name), ().into_any())}
        {body}
    }
    .into_any()
}
