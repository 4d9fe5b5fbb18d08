//! `/orgs/{slug}/security-tier`: what each tier demands, and what another one would break.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::tiers::{self, Break, SecurityTier, TierPreview};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, FormState, OrgNav, Section, Tone, ago_or_never, badge, error_summary, notice, page_header, table,
};
use crate::pages::keys::kind_text;
use crate::request::{Ctx, PageResult};
use crate::routes::{OrgRoutes, credential, with_query};

/// What the page shows.
pub struct TierPage {
    /// The organisation.
    pub nav: OrgNav,
    /// What the tier that was asked about would break.
    pub preview: Option<TierPreview>,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn show(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageSecurityTier, Section::Settings).await?;
    let asked = SecurityTier::from_word(ctx.query("tier")).filter(|tier| *tier != nav.org.security_tier);
    let preview = match asked {
        Some(tier) => Some(tiers::preview(ctx.core(), ctx.caller(), &slug, tier).await?),
        None => None,
    };
    let model = TierPage { nav: nav.clone(), preview, form: ctx.form().await?, now: ctx.now };
    Ok(ctx.org_page(nav, "Security tier", move || content(&model)))
}

/// What people call a tier.
pub const fn tier_text(tier: SecurityTier) -> &'static str {
    match tier {
        SecurityTier::Low => "Low",
        SecurityTier::Medium => "Medium",
        SecurityTier::High => "High",
    }
}

/// The page's content.
pub fn content(model: &TierPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let lead = "How strict this organisation is with its credentials, and with those of others for its APIs.";
    view! {
        {page_header(Some(("Settings", to.settings())), "Security tier", Some(lead), ().into_any())}
        {error_summary(&model.form, &[])}
        {demands(model)}
        {model.preview.as_ref().map(|preview| shown(model, preview))}
    }
    .into_any()
}

/// The one table of `latchkey_core::tiers`.
fn demands(model: &TierPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let current = model.nav.org.security_tier;
    let [low, medium, high] = SecurityTier::ALL.map(|tier| tier.demands().rows());
    let mut rows: Vec<Vec<AnyView>> = low
        .into_iter()
        .zip(medium)
        .zip(high)
        .map(|((low, medium), high)| vec![low.0.into_any(), low.1.into_any(), medium.1.into_any(), high.1.into_any()])
        .collect();
    let choice = |tier: SecurityTier| {
        if tier == current {
            badge(Tone::Good, "Today's tier")
        } else {
            let href = with_query(&to.security_tier(), &[("tier", tier.as_str())]);
            let label = format!("What would {} change?", tier_text(tier));
            view! { <a href=href>{label}</a> }.into_any()
        }
    };
    let [low, medium, high] = SecurityTier::ALL.map(choice);
    rows.push(vec!["Take it".into_any(), low, medium, high]);
    let columns = [Column::text("What"), Column::text("Low"), Column::text("Medium"), Column::text("High")];
    table("What each tier demands", &columns, rows)
}

fn shown(model: &TierPage, preview: &TierPreview) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let tier = tier_text(preview.tier);
    let said = match preview.breaks {
        0 => format!("{tier} refuses nothing that works today."),
        1 => format!("{tier} refuses one credential that works today, from the moment when you take it."),
        breaks => format!("{tier} refuses {breaks} credentials that work today, from the moment when you take it."),
    };
    let submit = match preview.breaks {
        0 => format!("Take {tier}"),
        breaks => format!("Take {tier} and refuse {breaks}"),
    };
    let class = if preview.breaks == 0 { "button primary" } else { "button danger" };
    let list = (!preview.listed.is_empty()).then(|| breaks(model, &preview.listed));
    let more = (preview.breaks > preview.listed.len() as u64)
        .then(|| notice(format!("The newest {} stand here.", preview.listed.len())));
    view! {
        <section class="section" id="preview">
            <h2>{format!("What {tier} would change")}</h2>
            <p class="notice">{said}</p>
            {list}
            {more}
            <form method="post" action=to.set_security_tier() class="form">
                <input type="hidden" name="security_tier" value=preview.tier.as_str()/>
                <input type="hidden" name="breaks" value=preview.breaks.to_string()/>
                <div class="actions">
                    <button type="submit" class=class>{submit}</button>
                    <a class="button" href=to.security_tier()>"Leave it as it is"</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn breaks(model: &TierPage, listed: &[Break]) -> AnyView {
    let org = &model.nav.org;
    let rows = listed
        .iter()
        .map(|found| {
            let facts = &found.credential;
            let own = facts.holder == org.id;
            let href = own.then(|| credential(&org.slug, &facts.id)).flatten();
            let name = named(&facts.name, &facts.id, href);
            let whose = (!own).then(|| view! { <small>"of "<bdi>{facts.holder_slug.clone()}</bdi></small> });
            let why = found.misfits.iter().map(|misfit| view! { <p>{misfit.advice()}</p> }).collect_view();
            vec![
                view! { {name}{whose} }.into_any(),
                kind_text(facts.kind).into_any(),
                ago_or_never(facts.last_used_at, model.now),
                why.into_any(),
            ]
        })
        .collect();
    let columns = [
        Column::text("Credential"),
        Column::text("Kind"),
        Column::text("Last used"),
        Column::prose("What to do first"),
    ];
    table("Credentials that would be refused", &columns, rows)
}

/// A credential's name, leading to it where that is a page of this organisation.
pub(crate) fn named(name: &str, id: &str, href: Option<String>) -> AnyView {
    let (name, id) = (name.to_owned(), id.to_owned());
    let name = match href {
        Some(href) => view! { <a href=href><bdi>{name}</bdi></a> }.into_any(),
        None => view! { <bdi>{name}</bdi> }.into_any(),
    };
    view! { {name}<small><code>{id}</code></small> }.into_any()
}
