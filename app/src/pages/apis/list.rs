//! `/orgs/{slug}/apis`.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apis::{self, Api, Visibility};
use latchkey_core::ports::Listed;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, Tone, badge, empty_state, page_header, pagination, search_bar, table,
};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadApis, Section::Apis).await?;
    let listed = apis::list(ctx.core(), ctx.caller(), &slug, ctx.query_some("q"), &ctx.list_page()).await?;
    let (search, cursor) = (ctx.query("q").to_owned(), ctx.query("cursor").to_owned());
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "APIs", move || content(&shown, &listed, &search, &cursor)))
}

pub(crate) fn content(nav: &OrgNav, listed: &Listed<Api>, search: &str, cursor: &str) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageApis);
    let create = may.then(|| view! { <a class="button primary" href=to.new_api()>"New API"</a> });
    let nothing_at_all = listed.items.is_empty() && search.is_empty() && cursor.is_empty();
    let body = if nothing_at_all {
        let text = "An API is what credentials are for: it has an audience, which stands in tokens, and scopes, which say what a caller may.";
        empty_state("No APIs yet", text, may.then(|| ("New API", to.new_api())))
    } else {
        view! {
            {search_bar(to.apis(), "Search by name, audience or id", search.to_owned(), ().into_any())}
            {if listed.items.is_empty() {
                empty_state("Nothing found", "No API's name or audience starts so.", None)
            } else {
                rows(nav, &listed.items)
            }}
            {pagination(&to.apis(), &[("q", search)], Some(cursor), listed.next_cursor.as_deref())}
        }
        .into_any()
    };
    view! {
        {page_header(None, "APIs", Some("What your credentials are for."), create.into_any())}
        {body}
    }
    .into_any()
}

fn rows(nav: &OrgNav, items: &[Api]) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let rows = items
        .iter()
        .map(|api| {
            vec![
                view! { <a href=to.api(&api.id)>{api.name.clone()}</a> }.into_any(),
                view! { <code>{api.audience.clone()}</code> }.into_any(),
                match api.visibility {
                    Visibility::Public => badge(Tone::Good, "Public"),
                    Visibility::Private => badge(Tone::Neutral, "Private"),
                },
                api.scopes.len().to_string().into_any(),
            ]
        })
        .collect();
    let columns =
        [Column::text("Name"), Column::text("Audience"), Column::text("Visibility"), Column::number("Scopes")];
    table("APIs", &columns, rows)
}
