//! `/`: what this is, or one's organisations.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_core::orgs;
use latchkey_core::ports::{Membership, Page};
use leptos::prelude::*;

use crate::components::{
    Column, Section, Tone, badge, bare_layout, empty_state, page_header, plain_layout, role_text, table,
};
use crate::context::{PortalState, Visitor};
use crate::request::{PageError, query_of};
use crate::routes::{self, OrgRoutes};
use crate::shell::Document;

/// The page. A person of one organisation goes straight there, unless they ask for all (`?all`).
pub async fn index(State(state): State<PortalState>, parts: Parts) -> Result<Response, PageError> {
    let visitor = parts.extensions.get::<Visitor>().cloned();
    let Some(visitor) = visitor else {
        return Err(latchkey_core::Error::Internal("the session layer is missing".into()).into());
    };
    let Some(person) = visitor.signed_in.clone() else {
        return Ok(Document::new("API keys and tokens, verified", || bare_layout(welcome())).respond(&state, &visitor));
    };
    let listed = orgs::list(&state.core, &person.caller, &Page { limit: 200, cursor: None }).await?;
    let all = query_of(&parts).contains_key("all");
    if let ([only], false) = (listed.items.as_slice(), all) {
        return Ok(Redirect::to(&OrgRoutes(&only.org.slug).overview()).into_response());
    }
    let may_create = orgs::may_create(&state.core, &person.caller);
    let page = Document::new("Organisations", move || {
        plain_layout(&person, Section::Other, None, organisations(&listed.items, may_create))
    });
    Ok(page.respond(&state, &visitor))
}

/// What a call of an API's looks like, shortened.
const EXAMPLE: &str = r#"POST /v1/verify
{ "credential": "lk_live_…",
  "scopes": ["orders:read"] }

200 OK
{ "valid": true, "code": "VALID",
  "organisation": { "slug": "acme" },
  "scopes": ["orders:read"] }"#;

pub(crate) fn welcome() -> AnyView {
    view! {
        <div class="hero stack">
            <h1>"Know who calls your API."</h1>
            <p class="lead">
                "Latchkey issues API keys, signed JWTs and OAuth 2 tokens, verifies every one of them with a single call, and counts what was used. On your own machines."
            </p>
            <p><a class="button primary" href=routes::SIGN_IN>"Sign in"</a></p>
            <div class="code"><pre tabindex="0" aria-label="A verification and its answer"><code>{EXAMPLE}</code></pre></div>
            <div class="features">
                <div><h2>"One call to verify"</h2><p>"API keys, JWT keys and access tokens are all asked about in the same way, and answered from memory where they were seen before."</p></div>
                <div><h2>"Ended means ended"</h2><p>"A revoked key is refused at once here, and within a second on every other replica."</p></div>
                <div><h2>"Nothing to leak"</h2><p>"Secrets are shown once and kept as Argon2id hashes. No page, log or backup holds them."</p></div>
            </div>
        </div>
    }
    .into_any()
}

pub(crate) fn organisations(items: &[Membership], may_create: bool) -> AnyView {
    let create =
        may_create.then(|| view! { <a class="button primary" href=routes::NEW_ORG>"New organisation"</a> }.into_any());
    let list = if items.is_empty() {
        let (text, action) = if may_create {
            (
                "An organisation holds your APIs, keys and people. Make one to begin.",
                Some(("New organisation", routes::NEW_ORG.to_owned())),
            )
        } else {
            (
                "You are in no organisation yet. Ask somebody to send you an invitation, or your operator to make one for you.",
                None,
            )
        };
        empty_state("No organisations yet", text, action)
    } else {
        let rows = items
            .iter()
            .map(|membership| {
                let slug = membership.org.slug.clone();
                let suspended = membership.org.suspended_at.map(|_| badge(Tone::Bad, "Suspended"));
                vec![
                    view! { <a href=OrgRoutes(&slug).overview()>{membership.org.name.clone()}</a>" "{suspended}<small>{slug}</small> }
                        .into_any(),
                    role_text(membership.role).into_any(),
                ]
            })
            .collect();
        table("Organisations", &[Column::text("Name"), Column::text("Your role")], rows)
    };
    view! {
        {page_header(None, "Organisations", None, create.into_any())}
        {list}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    #[test]
    fn an_empty_list_says_what_to_do() {
        assert!(render(|| organisations(&[], true)).contains("href=\"/orgs/new\""));
        let html = render(|| organisations(&[], false));
        assert!(!html.contains("/orgs/new") && html.contains("invitation"), "{html}");
    }
}
