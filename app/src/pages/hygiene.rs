//! `/orgs/{slug}/hygiene`: credentials that somebody should look at.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::hygiene::{self, Finding, Untidy};
use latchkey_core::ports::Listed;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, OrgNav, Section, Tone, ago_or_never, badge, empty_state, page_header, pagination, table,
};
use crate::pages::keys::kind_text;
use crate::pages::security_tier::named;
use crate::request::{Ctx, PageResult};
use crate::routes::{OrgRoutes, credential};

/// What the page shows.
pub struct HygienePage {
    /// The organisation.
    pub nav: OrgNav,
    /// The credentials.
    pub listed: Listed<Untidy>,
    /// Only those with this finding; empty: all.
    pub finding: String,
    /// The page.
    pub cursor: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Overview).await?;
    // what isn't one of the choices filters nothing
    let finding = Finding::CODES.into_iter().find(|code| *code == ctx.query("finding")).unwrap_or_default();
    let only = Some(finding).filter(|finding| !finding.is_empty());
    let model = HygienePage {
        nav: nav.clone(),
        listed: hygiene::list(ctx.core(), ctx.caller(), &slug, only, &ctx.list_page()).await?,
        finding: finding.to_owned(),
        cursor: ctx.query("cursor").to_owned(),
        now: ctx.now,
    };
    Ok(ctx.org_page(nav, "Hygiene", move || content(&model)))
}

/// What people call a finding.
fn label(code: &str) -> &'static str {
    match code {
        "refused_by_tier" => "Refused by the security tier",
        "several_networks" => "Used from several networks",
        "overused_secret" => "Secret used very often",
        "never_rotated" => "Never rotated",
        "no_end" => "No end",
        "long_life" => "Long life",
        "idle" => "Idle",
        "never_used" => "Never used",
        _ => "No list of addresses",
    }
}

const fn tone(finding: Finding) -> Tone {
    match finding {
        Finding::RefusedByTier(_) => Tone::Bad,
        Finding::SeveralNetworks(_) | Finding::OverusedSecret(_) | Finding::NeverRotated(_) | Finding::Idle(_) => {
            Tone::Warning
        }
        Finding::NoEnd | Finding::LongLife(_) | Finding::NeverUsed(_) | Finding::NoAddressList => Tone::Neutral,
    }
}

/// The page's content.
pub fn content(model: &HygienePage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let lead = "Keys, apps and service accounts that somebody should look at, newest first.";
    let list = if model.listed.items.is_empty() && model.listed.next_cursor.is_none() {
        let (title, text, action) = if model.finding.is_empty() {
            ("All tidy", "There is nothing to do: no live credential of this organisation stands out.", None)
        } else {
            ("Nothing found", "No live credential has this finding.", Some(("Show all findings", to.hygiene())))
        };
        empty_state(title, text, action)
    } else {
        let rows = model.listed.items.iter().map(|untidy| row(model, untidy)).collect();
        let columns = [
            Column::text("Credential"),
            Column::text("Kind"),
            Column::text("Last used"),
            Column::prose("What stands out, and what to do"),
        ];
        table("Findings", &columns, rows)
    };
    let next = model.listed.next_cursor.as_deref();
    view! {
        {page_header(Some(("Overview", to.overview())), "Hygiene", Some(lead), ().into_any())}
        {filter(model)}
        {list}
        {pagination(&to.hygiene(), &[("finding", &model.finding)], Some(&model.cursor), next)}
    }
    .into_any()
}

fn filter(model: &HygienePage) -> AnyView {
    let options = Finding::CODES
        .into_iter()
        .map(|code| {
            let selected = code == model.finding;
            view! { <option value=code selected=selected>{label(code)}</option> }
        })
        .collect_view();
    view! {
        <form method="get" action=OrgRoutes(&model.nav.org.slug).hygiene() class="filters">
            <label>
                <span class="visually-hidden">"Finding"</span>
                <select name="finding"><option value="">"All findings"</option>{options}</select>
            </label>
            <button type="submit" class="button">"Show"</button>
        </form>
    }
    .into_any()
}

fn row(model: &HygienePage, untidy: &Untidy) -> Vec<AnyView> {
    let facts = &untidy.credential;
    let href = credential(&model.nav.org.slug, &facts.id);
    let findings = untidy
        .findings
        .iter()
        .map(|finding| {
            view! {
                <p>{badge(tone(*finding), label(finding.code()))}" "{finding.detail()}" "<span class="quiet">{finding.advice()}</span></p>
            }
        })
        .collect_view();
    vec![
        named(&facts.name, &facts.id, href),
        kind_text(facts.kind).into_any(),
        ago_or_never(facts.last_used_at, model.now),
        view! { <div>{findings}</div> }.into_any(),
    ]
}
