//! `/orgs/{slug}/notices`: what the organisation was told, newest first.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::notices::{self, Notice, NoticeKind, NoticeList, details, title};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, Tab, Tone, ago, badge, empty_state, page_header, pagination, table, tabs,
};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct NoticesPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its notices, and up to where the person has read.
    pub list: NoticeList,
    /// Which page of the list this is.
    pub cursor: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The two pages about notices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Notices,
    Webhooks,
}

/// Tabs, where the person may see both pages.
pub(super) fn page_tabs(nav: &OrgNav, here: Page) -> Option<AnyView> {
    let to = OrgRoutes(&nav.org.slug);
    let tab = |label: &str, href, page| Tab { label: label.to_owned(), href, current: here == page };
    nav.may(Action::ManageSettings).then(|| {
        let both =
            vec![tab("Notices", to.notices(), Page::Notices), tab("Where they go", to.webhooks(), Page::Webhooks)];
        tabs("Notices", both)
    })
}

/// What people call a kind of notice.
pub(super) const fn kind_text(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Expiring => "Expiry",
        NoticeKind::Revoked => "Revocation",
        NoticeKind::Limit => "Limit",
        NoticeKind::Leak => "Leak",
    }
}

const fn kind_tone(kind: NoticeKind) -> Tone {
    match kind {
        NoticeKind::Expiring | NoticeKind::Limit => Tone::Warning,
        NoticeKind::Revoked => Tone::Neutral,
        NoticeKind::Leak => Tone::Bad,
    }
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Notices).await?;
    let model = NoticesPage {
        nav: nav.clone(),
        list: notices::list(ctx.core(), ctx.caller(), &slug, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        now: ctx.now,
    };
    Ok(ctx.org_page(nav, "Notices", move || content(&model)))
}

/// The page's content.
pub fn content(model: &NoticesPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let items = &model.list.listed.items;
    let newest = items.first().filter(|notice| model.cursor.is_empty() && is_unread(model, notice));
    let mark = newest.map(|notice| {
        view! {
            <form method="post" action=to.mark_notices_read()>
                <input type="hidden" name="until" value=notice.id.to_string()/>
                <button type="submit" class="button">"Mark all as read"</button>
            </form>
        }
    });
    let list = if items.is_empty() {
        empty_state(
            "No notices",
            "You read here when credentials are about to expire (30, 7 and 1 days before), when one was revoked, when a limit is used up to 80 or 100 %, and when a secret leaked.",
            None,
        )
    } else {
        let columns = [Column::text("What"), Column::short("Kind"), Column::text("More"), Column::short("When")];
        table("Notices", &columns, items.iter().map(|notice| row(model, notice)).collect())
    };
    let pages = pagination(&to.notices(), &[], Some(&model.cursor), model.list.listed.next_cursor.as_deref());
    view! {
        {page_header(None, "Notices", Some("What happened to this organisation's credentials, kept for 90 days."), mark.into_any())}
        {page_tabs(&model.nav, Page::Notices)}
        {list}
        {pages}
    }
    .into_any()
}

fn is_unread(model: &NoticesPage, notice: &Notice) -> bool {
    model.list.read_until.as_ref().is_none_or(|read| !read.covers(notice))
}

fn row(model: &NoticesPage, notice: &Notice) -> Vec<AnyView> {
    let new = is_unread(model, notice).then(|| badge(Tone::Good, "New"));
    let more = details(notice)
        .into_iter()
        .map(|(name, value)| view! { <li><span class="quiet">{name}": "</span>{value}</li> })
        .collect::<Vec<_>>();
    let more = (!more.is_empty()).then(|| view! { <ul class="plain">{more}</ul> });
    vec![
        view! { {title(notice)}" "{new}<small><code>{notice.subject_id.clone()}</code></small> }.into_any(),
        badge(kind_tone(notice.kind), kind_text(notice.kind)),
        more.into_any(),
        ago(notice.at, model.now),
    ]
}
