//! `/orgs/{slug}/usage`, and its chart alone for the live island.

use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use latchkey_core::ports::Page;
use latchkey_core::{Action, Error, apps, keys, service_accounts, usage};
use leptos::prelude::*;

use super::query::{Group, UsageAsked, label};
use super::range_tabs;
use crate::components::{Chart, OrgNav, Section, Tab, page_header, tabs};
use crate::islands::LiveUsage;
use crate::request::{Ctx, PageError};
use crate::routes::{OrgRoutes, with_query};

/// Loads what was asked for.
async fn load(ctx: &Ctx, slug: &str) -> Result<(UsageAsked, Chart), Error> {
    let asked = UsageAsked::from_query(ctx);
    let (core, caller) = (ctx.core(), ctx.caller());
    let points = usage::report(core, caller, slug, asked.report(ctx.now)).await?;
    let apis = if asked.group == Group::Api {
        latchkey_core::keys::grantable_apis(ctx.core(), ctx.caller(), slug).await?
    } else {
        Vec::new()
    };
    let mut names = Vec::new();
    if asked.group == Group::Credential {
        let page = Page { limit: 200, cursor: None };
        let key_list = keys::list(core, caller, slug, &keys::KeyFilter::default(), &page).await?;
        let app_list = apps::list(core, caller, slug, None, None, &page).await?;
        let accounts = service_accounts::list(core, caller, slug, None, &page).await?;
        names.extend(accounts.items.into_iter().map(|account| (account.id.to_string(), account.name)));
        names.extend(key_list.items.into_iter().map(|key| (key.id.to_string(), key.name)));
        names.extend(app_list.items.into_iter().map(|app| (app.id.to_string(), app.name)));
    }
    let chart = Chart::new(asked.range, ctx.now, &points, &|point| label(asked.group, slug, &apis, &names, point));
    Ok((asked, chart))
}

/// The page.
pub async fn show(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadUsage, Section::Usage).await?;
    let (asked, chart) = load(&ctx, &slug).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Usage", move || content(&shown, &asked, &chart)))
}

/// The chart and the totals alone.
pub async fn live(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    ctx.core().enter(ctx.caller(), &slug, Action::ReadUsage).await?;
    let (asked, chart) = load(&ctx, &slug).await?;
    let html = crate::shell::render(move || numbers(&asked, &chart));
    let mut response = Html(html).into_response();
    response
        .headers_mut()
        .insert(axum::http::header::CACHE_CONTROL, axum::http::HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

fn numbers(asked: &UsageAsked, chart: &Chart) -> AnyView {
    view! {
        {chart.view("chart", "call")}
        {chart.totals(asked.group.text())}
    }
    .into_any()
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// The page's content.
pub fn content(nav: &OrgNav, asked: &UsageAsked, chart: &Chart) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let path = to.usage();
    let link = |without: &[&str], name: &str, value: &str| {
        let pairs = asked.pairs(without);
        let mut pairs = borrowed(&pairs);
        pairs.push((name, value));
        with_query(&path, &pairs)
    };
    let groups = Group::ALL
        .into_iter()
        .map(|group| Tab {
            label: group.text().to_owned(),
            href: link(&["group"], "group", group.code()),
            current: group == asked.group,
        })
        .collect();
    let sides = [("", "All"), ("holder", "Our credentials"), ("owner", "Our APIs")]
        .into_iter()
        .map(|(side, text)| Tab {
            label: text.to_owned(),
            href: link(&["side"], "side", side),
            current: side == asked.side,
        })
        .collect();
    let all = asked.pairs(&[]);
    let csv = with_query(&to.usage_csv(), &borrowed(&all));
    let live_url = with_query(&to.usage_live(), &borrowed(&all));
    let without_range = asked.pairs(&["range"]);
    let only = [asked.credential.clone(), asked.api.as_ref().map(ToString::to_string)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let only = (!only.is_empty()).then(|| {
        view! { <p>"Only "<code>{only.join(", ")}</code>" · "<a href=path.clone()>"Show all"</a></p> }
    });
    view! {
        {page_header(None, "Usage", Some("Verifications and tokens, counted per minute (UTC)."), view! { <a class="button" href=csv download="usage.csv">"Export CSV"</a> }.into_any())}
        <div class="toolbar">
            {range_tabs(&path, &borrowed(&without_range), asked.range)}
            {tabs("Group by", groups)}
            {tabs("Side", sides)}
            <LiveUsage target="usage-live".to_owned() url=live_url seconds=5/>
        </div>
        {only}
        <div id="usage-live" class="stack">{numbers(asked, chart)}</div>
    }
    .into_any()
}
