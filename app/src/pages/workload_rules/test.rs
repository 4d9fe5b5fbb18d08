//! `/orgs/{slug}/workload-rules/test`: paste a token, see which rule takes it, and why the others don't.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::workloads::{ClaimCheck, RuleReport, TestReport, Verdict};
use leptos::prelude::*;

use super::{Page, page_tabs};
use crate::components::{Column, Field, FormState, OrgNav, Section, Tone, badge, error_summary, page_header, table};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// The empty form. The form posts; its answer is this page with the report, and no redirect: the token is kept nowhere.
pub async fn tester(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Test a token", move || content(&shown, None, &FormState::default())))
}

/// The page's content.
pub fn content(nav: &OrgNav, report: Option<&TestReport>, form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    view! {
        {page_header(None, "Workloads", Some("Tokens of outside issuers that stand for apps and service accounts here."), ().into_any())}
        {page_tabs(&nav.org.slug, Page::Test)}
        {error_summary(form, &[("token", "Token")])}
        {report.map(report_view)}
        <form method="post" action=to.test_workload_rules() class="form">
            {Field::new(form, "token", "Token").required().mono().placeholder("eyJ…")
                .hint("A JWT of an outside issuer. Nothing is issued, and the token is neither kept nor logged nor used up.").area(6)}
            <div class="actions"><button type="submit" class="button primary">"Test token"</button></div>
        </form>
    }
    .into_any()
}

fn report_view(report: &TestReport) -> AnyView {
    let (class, verdict) = match &report.verdict {
        Verdict::Principal(id) => ("notice good", format!("It stands for {id}.")),
        Verdict::NoRule => ("notice bad", "No rule takes it.".to_owned()),
        Verdict::Ambiguous => (
            "notice",
            "Rules for different principals take it: it is refused, unless the request names one as client_id."
                .to_owned(),
        ),
    };
    let none = report.rules.is_empty().then(|| view! { <p class="quiet">"There are no rules yet."</p> });
    let rules = report.rules.iter().map(rule_view).collect_view();
    view! {
        <p class=class role="status">{verdict}</p>
        {none}
        <div class="stack">{rules}</div>
    }
    .into_any()
}

/// Texts as they stand, all else as JSON.
fn shown(found: &serde_json::Value) -> String {
    found.as_str().map_or_else(|| found.to_string(), str::to_owned)
}

fn claim_row(check: &ClaimCheck) -> Vec<AnyView> {
    let found = match &check.found {
        None => view! { <span class="quiet">"Missing"</span> }.into_any(),
        Some(found) => view! { <code>{shown(found)}</code> }.into_any(),
    };
    vec![
        view! { <code>{check.name.clone()}</code> }.into_any(),
        view! { <code>{check.expected.clone()}</code> }.into_any(),
        found,
        fits(check.holds),
    ]
}

fn fits(holds: bool) -> AnyView {
    if holds { badge(Tone::Good, "Fits") } else { badge(Tone::Bad, "Doesn't fit") }
}

fn rule_view(report: &RuleReport) -> AnyView {
    let RuleReport { rule, evaluation, .. } = report;
    let verdict = if report.matches { badge(Tone::Good, "Takes it") } else { badge(Tone::Bad, "Doesn't take it") };
    let inactive = (!report.principal_is_active)
        .then(|| view! { <p class="notice bad">"Whom it names is switched off or ended, and gets no tokens."</p> });
    let checks = [&evaluation.issuer, &evaluation.audience].into_iter().chain(&evaluation.claims).map(claim_row);
    let plain = |name: &'static str, wanted: &'static str, found: String, holds| {
        vec![name.into_any(), wanted.into_any(), found.into_any(), fits(holds)]
    };
    let (time, time_holds) = match &evaluation.time {
        Ok(end) => (format!("until {end}"), true),
        Err(problem) => (problem.to_string(), false),
    };
    let signature = match &report.signature {
        None => vec![
            "Signature".into_any(),
            "proven by a key of the issuer".into_any(),
            "not looked at: the issuer is another".into_any(),
            badge(Tone::Neutral, "Unknown"),
        ],
        Some(Ok(())) => plain("Signature", "proven by a key of the issuer", "proven".to_owned(), true),
        Some(Err(problem)) => plain("Signature", "proven by a key of the issuer", problem.to_string(), false),
    };
    let rows = checks.chain([plain("Time", "holds now, for at most 24 hours", time, time_holds), signature]).collect();
    let columns = [Column::text("What"), Column::text("Rule"), Column::text("Token"), Column::text("Verdict")];
    view! {
        <section class="panel">
            <div class="section-head"><h2>"For "<code>{rule.principal.clone()}</code>" "{verdict}</h2><span class="quiet small">{rule.id.to_string()}</span></div>
            {inactive}
            {table(&format!("What {} says of this token", rule.id), &columns, rows)}
        </section>
    }
    .into_any()
}
