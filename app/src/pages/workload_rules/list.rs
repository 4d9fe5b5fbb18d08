//! `/orgs/{slug}/workload-rules`: which tokens of outside issuers stand for whom.

use axum::extract::Path;
use latchkey_core::ports::Page as ListPage;
use latchkey_core::workloads::{self, MAX_WORKLOAD_RULES, WorkloadRule};
use latchkey_core::{Action, apps, service_accounts};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::{Page, page_tabs};
use crate::components::{
    Confirm, Field, FormState, OrgNav, Section, ago, calls_view, definitions, empty_state, error_summary,
    outside_token_call, page_header,
};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// One whom a token may stand for.
pub struct Principal {
    /// `app_…` or `sa_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// What the page shows.
pub struct RulesPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its rules, newest first.
    pub rules: Vec<WorkloadRule>,
    /// Whom a rule may name.
    pub principals: Vec<Principal>,
    /// A refused form.
    pub form: FormState,
    /// Where tokens are had.
    pub public_url: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The organisation's apps and service accounts that aren't revoked, at most 200 of each.
pub(crate) async fn principals(ctx: &Ctx, slug: &str) -> Result<Vec<Principal>, latchkey_core::Error> {
    let page = ListPage { limit: 200, cursor: None };
    let accounts = service_accounts::list(ctx.core(), ctx.caller(), slug, None, &page).await?.items;
    let apps = apps::list(ctx.core(), ctx.caller(), slug, None, None, &page).await?.items;
    let accounts = accounts.into_iter().filter(|account| account.revoked_at.is_none());
    let apps = apps.into_iter().filter(|app| app.revoked_at.is_none());
    Ok(accounts
        .map(|account| Principal { id: account.id.to_string(), name: account.name })
        .chain(apps.map(|app| Principal { id: app.id.to_string(), name: app.name }))
        .collect())
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await?;
    let model = RulesPage {
        nav: nav.clone(),
        rules: workloads::list(ctx.core(), ctx.caller(), &slug).await?,
        principals: principals(&ctx, &slug).await?,
        form: ctx.form().await?,
        public_url: ctx.state.public_url().to_owned(),
        now: ctx.now,
    };
    Ok(ctx.org_page(nav, "Workload rules", move || content(&model)))
}

/// The page's content.
pub fn content(model: &RulesPage) -> AnyView {
    let fields = [
        ("issuer", "Issuer"),
        ("audience", "Audience"),
        ("claims", "Claims"),
        ("jwks", "Keys of the issuer"),
        ("principal", "Stands for"),
    ];
    let rules = if model.rules.is_empty() {
        empty_state(
            "No workload rules yet",
            "A rule lets a program prove who it is with a token that its own platform gives it, so that it needs no secret of ours: a GitHub Actions job, a Kubernetes pod.",
            None,
        )
    } else {
        model.rules.iter().map(|rule| rule_view(model, rule)).collect_view().into_any()
    };
    view! {
        {page_header(None, "Workloads", Some("Tokens of outside issuers that stand for apps and service accounts here."), ().into_any())}
        {page_tabs(&model.nav.org.slug, Page::Rules)}
        {error_summary(&model.form, &fields)}
        <div class="stack">{rules}</div>
        {(model.rules.len() < MAX_WORKLOAD_RULES).then(|| new_rule(model))}
        {(!model.rules.is_empty()).then(|| usage(model))}
    }
    .into_any()
}

fn name_of(model: &RulesPage, id: &str) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let name = model
        .principals
        .iter()
        .find(|principal| principal.id == id)
        .map_or_else(|| id.to_owned(), |principal| principal.name.clone());
    let app = id.parse().map(|app| to.app(&app));
    let href = app.or_else(|_| id.parse().map(|account| to.service_account(&account)));
    match href {
        Ok(href) => view! { <a href=href>{name}</a> }.into_any(),
        Err(_) => name.into_any(),
    }
}

fn rule_view(model: &RulesPage, rule: &WorkloadRule) -> AnyView {
    let delete = Confirm {
        id: format!("delete-{}", rule.id),
        open: "Delete…".to_owned(),
        title: "Delete this workload rule?".to_owned(),
        text:
            "Tokens that only it takes are refused from then on. Tokens that were issued stay good until they expire."
                .to_owned(),
        action: OrgRoutes(&model.nav.org.slug).delete_workload_rule(&rule.id),
        submit: "Delete rule".to_owned(),
        danger: true,
    };
    let claims = rule
        .claims
        .iter()
        .map(|(name, pattern)| {
            view! { <code class="scope"><bdi>{name.clone()}</bdi>" = "<bdi>{pattern.as_str().to_owned()}</bdi></code> }
        })
        .collect_view();
    let keys = if rule.jwks.is_some() { "Given here" } else { "By discovery at the issuer" };
    view! {
        <section class="panel">
            <div class="section-head"><h2><code>{rule.issuer.clone()}</code></h2><span class="row-actions">{delete.view()}</span></div>
            {definitions(vec![
                ("Stands for", name_of(model, &rule.principal)),
                ("Audience", view! { <code>{rule.audience.clone()}</code> }.into_any()),
                ("Claims, all of them", view! { <span class="scopes">{claims}</span> }.into_any()),
                ("Keys of the issuer", keys.into_any()),
                ("Created", ago(rule.created_at, model.now)),
            ])}
        </section>
    }
    .into_any()
}

fn new_rule(model: &RulesPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let form = &model.form;
    if model.principals.is_empty() {
        return view! {
            <p class="quiet">"A rule names an app or a service account, and there is none yet. "<a href=to.new_service_account()>"Create a service account"</a>" first."</p>
        }
        .into_any();
    }
    let options = model
        .principals
        .iter()
        .map(|principal| {
            let kind = if principal.id.starts_with("sa_") { "service account" } else { "app" };
            (principal.id.clone(), format!("{} ({kind})", principal.name))
        })
        .collect();
    view! {
        <section class="section">
            <details class="more" open=!form.is_empty() || model.rules.is_empty()>
                <summary>"New workload rule"</summary>
                <form method="post" action=to.create_workload_rule() class="form">
                    {Field::new(form, "issuer", "Issuer").required().max(500).mono().placeholder("https://token.actions.githubusercontent.com")
                        .hint("iss of the tokens, to the letter.").text()}
                    {Field::new(form, "audience", "Audience").required().max(500).mono().default(model.public_url.clone())
                        .hint("What must stand in aud. The program asks its platform for a token for it.").text()}
                    {Field::new(form, "claims", "Claims").required().mono().placeholder("repository = acme/shop\nref = refs/heads/main")
                        .hint("One a line, name = value; all must fit, and at least one exactly. A value may end in * behind a : or /, as repo:acme/*. A name that begins with / is a JSON pointer: /kubernetes.io/namespace.").area(4)}
                    {Field::new(form, "principal", "Stands for").select(options)}
                    <details class="more" open=!form.value("jwks").is_empty() || form.error("jwks").is_some()>
                        <summary>"The issuer can't be reached from here"</summary>
                        {Field::new(form, "jwks", "Keys of the issuer").mono().placeholder(r#"{"keys": [ … ]}"#)
                            .hint("Its JWK Set, as for a private cluster: kubectl get --raw /openid/v1/jwks. Empty: by discovery.").area(5)}
                    </details>
                    <div class="actions"><button type="submit" class="button primary">"Create rule"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn usage(model: &RulesPage) -> AnyView {
    view! {
        <section class="section">
            <div class="section-head"><h2>"Get a token"</h2><p>"The jwt-bearer grant (RFC 7523) with the platform's token."</p></div>
            {calls_view("call", vec![("With a token from outside", outside_token_call(&model.public_url))])}
            <p class="quiet">"Where rules for different principals take the same token, name one: -d client_id=…"</p>
        </section>
    }
    .into_any()
}
