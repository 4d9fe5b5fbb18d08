//! `/orgs/{slug}/leaks`: where secrets were seen that leaked, and what became of them.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::leaks::{self, Ending, Leak, LeakResponse, SecretTarget};
use latchkey_core::orgs::OrgSettings;
use latchkey_core::ports::Listed;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, Tone, ago, badge, empty_state, moment, page_header, pagination, table,
};
use crate::request::{Ctx, PageResult};
use crate::routes::{OrgRoutes, credential};

/// What the page shows.
pub struct LeaksPage {
    /// The organisation.
    pub nav: OrgNav,
    /// The leaks, newest first.
    pub listed: Listed<Leak>,
    /// The page.
    pub cursor: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Overview).await?;
    let model = LeaksPage {
        nav: nav.clone(),
        listed: leaks::list(ctx.core(), ctx.caller(), &slug, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        now: ctx.now,
    };
    Ok(ctx.org_page(nav, "Leaks", move || content(&model)))
}

/// What the organisation decided, as a sentence.
pub fn response_text(settings: &OrgSettings) -> String {
    match settings.leak_response {
        LeakResponse::Notify => "A leaked secret stays good until somebody here ends it.".to_owned(),
        LeakResponse::Grace => format!("A leaked secret ends {} h after the first report.", settings.leak_grace_hours),
        LeakResponse::Revoke => "A leaked secret ends at once.".to_owned(),
    }
}

/// The page's content.
pub fn content(model: &LeaksPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let change = model
        .nav
        .may(Action::ManageSettings)
        .then(|| view! { " "<a href=format!("{}#response", to.settings())>"Change that"</a> });
    let list = if model.listed.items.is_empty() {
        empty_state(
            "No leaks",
            "Nobody has reported a secret of this organisation. Secrets are found by their form: scanners of code hosts know it, and latchkey scan looks for it in your own files.",
            None,
        )
    } else {
        let rows = model.listed.items.iter().map(|leak| row(model, leak)).collect();
        let columns = [
            Column::text("Secret"),
            Column::text("What became of it"),
            Column::prose("Where it was seen"),
            Column::text("Reported"),
        ];
        table("Leaks", &columns, rows)
    };
    let next = model.listed.next_cursor.as_deref();
    view! {
        {page_header(Some(("Overview", to.overview())), "Leaks", Some("Secrets that somebody saw where they don't belong, newest first."), ().into_any())}
        <p class="quiet">{response_text(&model.nav.org.settings)}{change}</p>
        {list}
        {pagination(&to.leaks(), &[], Some(&model.cursor), next)}
    }
    .into_any()
}

fn row(model: &LeaksPage, leak: &Leak) -> Vec<AnyView> {
    let (kind, id) = leak.secret.target.audited();
    let code = view! { <code>{id.to_owned()}</code> };
    let shown = match credential(&model.nav.org.slug, id) {
        Some(href) => view! { <a href=href>{code}</a> }.into_any(),
        None => code.into_any(),
    };
    let again = (leak.times > 1).then(|| format!("{} times, last ", leak.times));
    let last = again.map(|text| view! { <small>{text}{ago(leak.last_reported_at, model.now)}</small> });
    vec![
        view! { <span>{shown}<small>{kind_text(kind)}{part_text(&leak.secret.target)}</small></span> }.into_any(),
        ending(leak.ending, model.now),
        place(leak),
        view! { <span>{moment(leak.first_reported_at)}{last}<small>"by "{leak.reporter.clone()}</small></span> }
            .into_any(),
    ]
}

fn kind_text(kind: &str) -> &'static str {
    match kind {
        "key" => "Key",
        "app" => "App",
        "verification_key" => "Verification key",
        "management_key" => "Management key",
        "action_token" => "Action token",
        "initial_access_token" => "Initial access token",
        _ => "Access token",
    }
}

fn part_text(target: &SecretTarget) -> String {
    match target {
        SecretTarget::Key { generation, .. } => format!(", generation {generation}"),
        SecretTarget::AppSecret { id, .. } => format!(", client secret {id}"),
        _ => String::new(),
    }
}

fn ending(ending: Ending, now: Timestamp) -> AnyView {
    match ending {
        Ending::Kept => badge(Tone::Warning, "Still good"),
        Ending::At(at) if at <= now => badge(Tone::Bad, "Ended"),
        Ending::At(at) => view! { <span>{badge(Tone::Warning, "Ends")}" "{ago(at, now)}</span> }.into_any(),
        Ending::Revoked => badge(Tone::Bad, "Ended"),
        Ending::Before => badge(Tone::Neutral, "Had ended before"),
    }
}

/// What a stranger wrote: a link only where it is one of the web.
fn place(leak: &Leak) -> AnyView {
    let url = leak.url.clone();
    let source = (!leak.source.is_empty()).then(|| view! { <small>{leak.source.clone()}</small> });
    let shown = if url.is_empty() {
        view! { <span class="quiet">"Not said"</span> }.into_any()
    } else if url.starts_with("https://") {
        let text = url.clone();
        view! { <a href=url rel="noreferrer noopener nofollow">{text}</a> }.into_any()
    } else {
        view! { <code>{url}</code> }.into_any()
    };
    view! { <span>{shown}{source}</span> }.into_any()
}

/// What a key's or app's own page says of its leaks.
pub fn mark(slug: &str, leaks: &[Leak], now: Timestamp) -> Option<AnyView> {
    let newest = leaks.first()?;
    let what = match &newest.secret.target {
        SecretTarget::Key { generation, .. } => format!("The secret of generation {generation} leaked "),
        SecretTarget::AppSecret { id, .. } => format!("The client secret {id} leaked "),
        _ => "A secret of it leaked ".to_owned(),
    };
    let became = match newest.ending {
        Ending::Kept => view! { ": it is still good. Rotate it, and end this one." }.into_any(),
        Ending::At(at) if at > now => {
            view! { ": it ends "{ago(at, now)}". Put another one in its place until then." }.into_any()
        }
        Ending::At(_) | Ending::Revoked => view! { ": it has ended." }.into_any(),
        Ending::Before => view! { ", when it had ended already." }.into_any(),
    };
    let href = OrgRoutes(slug).leaks();
    Some(
        view! { <p class="notice bad">{what}{ago(newest.first_reported_at, now)}{became}" "<a href=href>"Leaks"</a></p> }
            .into_any(),
    )
}
