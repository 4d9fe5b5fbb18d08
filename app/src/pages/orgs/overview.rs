//! `/orgs/{slug}`: where an organisation stands, and what to do next.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::ports::Page;
use latchkey_core::usage::{GroupBy, ReportRequest, Side};
use latchkey_core::{Action, Error, apis, apps, keys, usage};
use leptos::prelude::*;

use crate::components::{Chart, ChartRange, OrgNav, Section, page_header, verify_snippets};
use crate::pages::usage::by_result;
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// How far things are counted here; beyond it the page says `100+`.
const COUNTED: u32 = 100;

/// What the page shows.
pub struct Overview {
    /// The organisation.
    pub nav: OrgNav,
    /// Calls of the last 24 hours.
    pub chart: Chart,
    /// How many APIs, keys and apps, as text.
    pub counts: [String; 3],
    /// Whether there is a verification key; `None`: this role can't see it.
    pub has_verification_key: Option<bool>,
    /// The first API, for a link.
    pub first_api: Option<latchkey_types::ApiId>,
    /// Where verification is asked.
    pub public_url: String,
}

fn count<T>(listed: &latchkey_core::ports::Listed<T>) -> String {
    let more = if listed.next_cursor.is_some() { "+" } else { "" };
    format!("{}{more}", listed.items.len())
}

/// The page.
pub async fn show(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadApis, Section::Overview).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let page = Page { limit: COUNTED, cursor: None };
    let listed_apis = apis::list(core, caller, &slug, None, &page).await?;
    let listed_keys = keys::list(core, caller, &slug, &keys::KeyFilter::default(), &page).await?;
    let clients = apps::list(core, caller, &slug, None, None, &page).await?;
    let first_api = listed_apis.items.last().map(|api| api.id.clone());
    let has_verification_key = match &first_api {
        None => Some(false),
        Some(api) => match apis::list_verification_keys(core, caller, &slug, api).await {
            Ok(keys) => Some(!keys.is_empty()),
            Err(Error::Forbidden(_)) => None,
            Err(error) => return Err(error.into()),
        },
    };
    let range = ChartRange::Day;
    let (from, to) = range.window(ctx.now);
    let request = ReportRequest {
        from,
        to,
        bucket: range.bucket(),
        group_by: GroupBy { outcome: true, ..GroupBy::default() },
        side: Side::Both,
        credential: None,
        api: None,
    };
    let points = usage::report(core, caller, &slug, request).await?;
    let model = Overview {
        nav: nav.clone(),
        chart: Chart::new(range, ctx.now, &points, &by_result),
        counts: [count(&listed_apis), count(&listed_keys), count(&clients)],
        has_verification_key,
        first_api,
        public_url: ctx.state.public_url().to_owned(),
    };
    Ok(ctx.org_page(nav, "Overview", move || content(&model)))
}

/// The page's content.
pub fn content(model: &Overview) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let [how_many_apis, keys, clients] = model.counts.clone();
    let used = model.chart.total() > 0;
    let (has_keys, has_apps) = (keys != "0", clients != "0");
    let has_credentials = has_keys || has_apps;
    let snippets = (has_keys && !used).then(|| {
        view! {
            <section class="panel accent" aria-labelledby="first-call">
                <h2 id="first-call">"Verify your first key"</h2>
                <p class="quiet">"Set LATCHKEY_VERIFICATION_KEY to the API's verification key and API_KEY to the key, then run one of these. The call shows in the chart within a second or two."</p>
                {verify_snippets(&model.public_url)}
            </section>
        }
    });
    view! {
        {page_header(None, &model.nav.org.name, None, main_action(model).into_any())}
        {(!(has_credentials && used)).then(|| steps(model, has_credentials, used))}
        {snippets}
        <div class="cards">
            <a class="panel stat" href=to.apis()><b>{how_many_apis}</b><span>"APIs"</span></a>
            <a class="panel stat" href=to.keys()><b>{keys}</b><span>"Keys"</span></a>
            <a class="panel stat" href=to.apps()><b>{clients}</b><span>"Apps"</span></a>
        </div>
        {has_credentials.then(|| view! { <p><a href=to.hygiene()>"Hygiene: credentials that somebody should look at"</a>" · "<a href=to.leaks()>"Leaks"</a></p> })}
        <section class="section" aria-labelledby="usage-title">
            <div class="section-head">
                <h2 id="usage-title">"Usage"</h2>
                <a href=to.usage()>"All usage"</a>
            </div>
            {model.chart.view("chart", "call")}
        </section>
    }
    .into_any()
}

/// What comes first here: an API, then keys for it. Nothing for whoever may neither.
fn main_action(model: &Overview) -> Option<AnyView> {
    let to = OrgRoutes(&model.nav.org.slug);
    let (label, href, action) = if model.first_api.is_none() && model.nav.may(Action::ManageApis) {
        ("New API", to.new_api(), Action::ManageApis)
    } else {
        ("Create key", to.new_key(), Action::ManageCredentials)
    };
    model.nav.may(action).then(|| view! { <a class="button primary" href=href>{label}</a> }.into_any())
}

fn steps(model: &Overview, has_credentials: bool, used: bool) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let first_api = model.first_api.as_ref().map(|id| to.api(id));
    let steps = [
        (
            first_api.is_some(),
            "Describe an API",
            to.new_api(),
            "Its audience and its scopes: what credentials can be for.",
        ),
        (
            model.has_verification_key.unwrap_or(true),
            "Make a verification key for it",
            first_api.unwrap_or_else(|| to.apis()),
            "Your API presents it when it asks whether a caller's credential holds.",
        ),
        (has_credentials, "Create a key", to.new_key(), "Hand it to whoever calls your API. The secret is shown once."),
        (used, "Verify it", to.keys(), "One call; the answer says who it is and what they may."),
    ];
    let items = steps
        .into_iter()
        .map(|(done, title, href, text)| {
            let said = if done { " (done)" } else { "" };
            view! {
                <li class=done.then_some("done")>
                    <div><a href=href>{title}</a><span class="visually-hidden">{said}</span><p>{text}</p></div>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="steps-title">
            <h2 id="steps-title">"Next steps"</h2>
            <ol class="steps">{items}</ol>
        </section>
    }
    .into_any()
}
