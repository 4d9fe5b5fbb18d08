//! `/orgs/{slug}/service-accounts`.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::ports::Listed;
use latchkey_core::service_accounts::{self, ServiceAccount};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, ago, ago_or_never, empty_state, page_header, pagination, role_text, search_bar,
    status_badge, table,
};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::ServiceAccounts).await?;
    let listed = service_accounts::list(ctx.core(), ctx.caller(), &slug, ctx.query_some("q"), &ctx.list_page()).await?;
    let (shown, now, search, cursor) =
        (nav.clone(), ctx.now, ctx.query("q").to_owned(), ctx.query("cursor").to_owned());
    Ok(ctx.org_page(nav, "Service accounts", move || content(&shown, &listed, &search, &cursor, now)))
}

pub(crate) fn content(
    nav: &OrgNav,
    listed: &Listed<ServiceAccount>,
    search: &str,
    cursor: &str,
    now: Timestamp,
) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageServiceAccounts);
    let create =
        may.then(|| view! { <a class="button primary" href=to.new_service_account()>"New service account"</a> });
    let body = if listed.items.is_empty() && search.is_empty() && cursor.is_empty() {
        let text = "A service account is a user that is a program: it has a role, and swaps assertions signed with keys of its own for access tokens, to APIs and to the management API.";
        empty_state("No service accounts yet", text, may.then(|| ("New service account", to.new_service_account())))
    } else {
        view! {
            {search_bar(to.service_accounts(), "Search by name or id", search.to_owned(), ().into_any())}
            {if listed.items.is_empty() {
                empty_state("Nothing found", "No service account's name starts so.", Some(("Show all", to.service_accounts())))
            } else {
                rows(nav, &listed.items, now)
            }}
            {pagination(&to.service_accounts(), &[("q", search)], Some(cursor), listed.next_cursor.as_deref())}
        }
        .into_any()
    };
    view! {
        {page_header(None, "Service accounts", Some("Users of this organisation that are programs."), create.into_any())}
        {body}
    }
    .into_any()
}

fn rows(nav: &OrgNav, items: &[ServiceAccount], now: Timestamp) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let rows = items
        .iter()
        .map(|account| {
            vec![
                view! { <a href=to.service_account(&account.id)>{account.name.clone()}</a> }.into_any(),
                status_badge(account.status()),
                role_text(account.role()).into_any(),
                ago_or_never(account.last_used_at, now),
                ago(account.created_at, now),
            ]
        })
        .collect();
    let columns = [
        Column::text("Name"),
        Column::text("State"),
        Column::text("Role"),
        Column::text("Last token"),
        Column::text("Created"),
    ];
    table("Service accounts", &columns, rows)
}
