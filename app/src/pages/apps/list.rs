//! `/orgs/{slug}/apps`.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apps::{self, App};
use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::ports::Listed;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, ago, ago_or_never, empty_state, page_header, pagination, search_bar, status_badge, table,
};
use crate::pages::keys::api_name;
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Apps).await?;
    let api = ctx.query("api").parse().ok();
    let listed =
        apps::list(ctx.core(), ctx.caller(), &slug, ctx.query_some("q"), api.as_ref(), &ctx.list_page()).await?;
    let apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    let (shown, now, search, cursor) =
        (nav.clone(), ctx.now, ctx.query("q").to_owned(), ctx.query("cursor").to_owned());
    Ok(ctx.org_page(nav, "Apps", move || content(&shown, &listed, &apis, &search, &cursor, now)))
}

pub(crate) fn content(
    nav: &OrgNav,
    listed: &Listed<App>,
    apis: &[GrantableApi],
    search: &str,
    cursor: &str,
    now: Timestamp,
) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageCredentials);
    let register = nav
        .may(Action::ManageInitialAccessTokens)
        .then(|| view! { <a class="button" href=to.initial_access_tokens()>"Let programs register"</a> });
    let create = may.then(|| view! { <a class="button primary" href=to.new_app()>"New app"</a> });
    let body = if listed.items.is_empty() && search.is_empty() && cursor.is_empty() {
        let text =
            "An app is an OAuth 2 client: a program that proves who it is and gets short-lived access tokens for APIs.";
        empty_state("No apps yet", text, may.then(|| ("New app", to.new_app())))
    } else {
        view! {
            {search_bar(to.apps(), "Search by name or id", search.to_owned(), ().into_any())}
            {if listed.items.is_empty() {
                empty_state("Nothing found", "No app's name starts so.", Some(("Show all apps", to.apps())))
            } else {
                rows(nav, &listed.items, apis, now)
            }}
            {pagination(&to.apps(), &[("q", search)], Some(cursor), listed.next_cursor.as_deref())}
        }
        .into_any()
    };
    view! {
        {page_header(None, "Apps", Some("OAuth 2 clients of this organisation."), view! { {register}{create} }.into_any())}
        {body}
    }
    .into_any()
}

fn rows(nav: &OrgNav, items: &[App], apis: &[GrantableApi], now: Timestamp) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let rows = items
        .iter()
        .map(|app| {
            let granted: Vec<String> = app.grants.iter().map(|grant| api_name(apis, &grant.api)).collect();
            vec![
                view! { <a href=to.app(&app.id)>{app.name.clone()}</a> }.into_any(),
                status_badge(app.status()),
                granted.join(", ").into_any(),
                ago_or_never(app.last_used_at, now),
                ago(app.created_at, now),
            ]
        })
        .collect();
    let columns = [
        Column::text("Name"),
        Column::text("State"),
        Column::text("APIs"),
        Column::text("Last token"),
        Column::text("Created"),
    ];
    table("Apps", &columns, rows)
}
