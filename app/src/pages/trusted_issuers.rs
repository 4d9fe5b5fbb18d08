//! `/orgs/{slug}/trusted-issuers`: identity providers whose users' tokens apps may exchange.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::trusted_issuers::{self, MAX_TRUSTED_ISSUERS, TrustedIssuer};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::workload_rules::{Page, page_tabs};
use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, ago, empty_state, error_summary, page_header, table,
};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct IssuersPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Whom it trusts, newest first.
    pub issuers: Vec<TrustedIssuer>,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await?;
    let model = IssuersPage {
        nav: nav.clone(),
        issuers: trusted_issuers::list(ctx.core(), ctx.caller(), &slug).await?,
        form: ctx.form().await?,
        now: ctx.now,
    };
    Ok(ctx.org_page(nav, "Identity providers", move || content(&model)))
}

/// The page's content.
pub fn content(model: &IssuersPage) -> AnyView {
    let fields = [("issuer", "Issuer"), ("audience", "Audience"), ("jwks", "Keys of the issuer")];
    let list = if model.issuers.is_empty() {
        empty_state(
            "No identity providers yet",
            "Trust the provider where your users sign in, and apps with a grant for it may exchange a user's token for one for an API (RFC 8693).",
            None,
        )
    } else {
        let rows = model.issuers.iter().map(|issuer| row(model, issuer)).collect();
        let columns = [
            Column::text("Issuer"),
            Column::text("Audience"),
            Column::text("Keys"),
            Column::text("Trusted"),
            Column::text(""),
        ];
        table("Identity providers", &columns, rows)
    };
    view! {
        {page_header(None, "Workloads", Some("Identity providers whose users' tokens apps of this organisation may exchange."), ().into_any())}
        {page_tabs(&model.nav.org.slug, Page::Issuers)}
        {error_summary(&model.form, &fields)}
        {list}
        {(model.issuers.len() < MAX_TRUSTED_ISSUERS).then(|| new_issuer(model))}
    }
    .into_any()
}

fn row(model: &IssuersPage, issuer: &TrustedIssuer) -> Vec<AnyView> {
    let delete = Confirm {
        id: format!("delete-{}", issuer.id),
        open: "Delete…".to_owned(),
        title: "Trust it no longer?".to_owned(),
        text: "Its users' tokens can't be exchanged from then on. What they were exchanged for stays good until it expires.".to_owned(),
        action: OrgRoutes(&model.nav.org.slug).delete_trusted_issuer(&issuer.id),
        submit: "Trust no longer".to_owned(),
        danger: true,
    };
    let keys = if issuer.jwks.is_some() { "Given here" } else { "By discovery" };
    vec![
        view! { <code>{issuer.issuer.clone()}</code> }.into_any(),
        view! { <code>{issuer.audience.clone()}</code> }.into_any(),
        keys.into_any(),
        ago(issuer.created_at, model.now),
        view! { <span class="row-actions">{delete.view()}</span> }.into_any(),
    ]
}

fn new_issuer(model: &IssuersPage) -> AnyView {
    let form = &model.form;
    view! {
        <section class="section">
            <details class="more" open=!form.is_empty() || model.issuers.is_empty()>
                <summary>"Trust an identity provider"</summary>
                <form method="post" action=OrgRoutes(&model.nav.org.slug).create_trusted_issuer() class="form">
                    {Field::new(form, "issuer", "Issuer").required().max(500).mono().placeholder("https://login.acme.example")
                        .hint("iss of its tokens, to the letter.").text()}
                    {Field::new(form, "audience", "Audience").required().max(500).mono().placeholder("web-shop")
                        .hint("What must stand in aud: whom the users' tokens are for, say the client id of your web shop.").text()}
                    <details class="more" open=!form.value("jwks").is_empty() || form.error("jwks").is_some()>
                        <summary>"It can't be reached from here"</summary>
                        {Field::new(form, "jwks", "Keys of the issuer").mono().placeholder(r#"{"keys": [ … ]}"#)
                            .hint("Its JWK Set. Empty: by discovery.").area(5)}
                    </details>
                    <div class="actions"><button type="submit" class="button primary">"Trust it"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}
