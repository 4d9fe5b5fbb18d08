//! `/orgs/{slug}/check-credential`: paste a credential, see what verification answers, and why.

use axum::extract::Path;
use latchkey_core::apis::{self, Api};
use latchkey_core::ports::Page;
use latchkey_core::verify::{Answer, Explanation, Grant, Rule, Source, Verified};
use latchkey_core::{Action, Error};
use latchkey_types::{KeyId, Outcome, Timestamp};
use leptos::prelude::*;

use super::keys::kind_text;
use super::limits;
use crate::components::{
    Column, Field, FormState, OrgNav, Section, ago, definitions, empty_state, environment_badge, error_summary,
    page_header, scope_list, table,
};
use crate::request::{Ctx, PageResult};
use crate::routes::{self, OrgRoutes};

/// The most APIs to choose from.
const MOST: u32 = 200;

/// What the page shows.
pub struct CheckPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its APIs.
    pub apis: Vec<Api>,
    /// What was found out, once something was asked.
    pub report: Option<Report>,
    /// What was typed, without the credential.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// What verification answers.
pub struct Report {
    /// The answer, with what decided.
    pub answer: Answer,
    /// The key, where it is one of this organisation.
    pub key: Option<KeyId>,
    /// Whether an address was given.
    pub has_address: bool,
}

/// The organisation's APIs.
pub(crate) async fn apis(ctx: &Ctx, slug: &str) -> Result<Vec<Api>, Error> {
    let page = Page { limit: MOST, cursor: None };
    Ok(apis::list(ctx.core(), ctx.caller(), slug, None, &page).await?.items)
}

/// The empty form. The form posts; its answer is this page with the report, and no redirect: the credential is kept nowhere.
pub async fn show(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Apis).await?;
    let form = match ctx.query_some("api") {
        Some(api) => FormState::of([("api", api.to_owned())]),
        None => FormState::default(),
    };
    let model = CheckPage { nav: nav.clone(), apis: apis(&ctx, &slug).await?, report: None, form, now: ctx.now };
    Ok(ctx.org_page(nav, "Check a credential", move || content(&model)))
}

/// The page's content.
pub fn content(model: &CheckPage) -> AnyView {
    let CheckPage { nav, apis, report, form, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    let chosen = apis.iter().find(|api| api.id.as_str() == form.value("api"));
    let parent = chosen.map_or(("APIs", to.apis()), |api| (api.name.as_str(), to.api(&api.id)));
    let fields = [
        ("api", "API"),
        ("credential", "Credential"),
        ("scopes", "Scopes"),
        ("method", "Method"),
        ("path", "Path"),
        ("ip", "Address"),
    ];
    let body = if apis.is_empty() {
        let action = nav.may(Action::ManageApis).then(|| ("New API", to.new_api()));
        empty_state("First, an API", "A credential is checked for an API, and this organisation has none.", action)
    } else {
        view! { {report.as_ref().map(|report| report_view(model, report))}{question(model)} }.into_any()
    };
    let lead = "What verification answers to it, and why. It spends nothing and doesn't count as a call.";
    view! {
        {page_header(Some(parent), "Check a credential", Some(lead), ().into_any())}
        {error_summary(form, &fields)}
        {body}
    }
    .into_any()
}

fn question(model: &CheckPage) -> AnyView {
    let form = &model.form;
    let options =
        model.apis.iter().map(|api| (api.id.to_string(), format!("{} ({})", api.name, api.audience))).collect();
    let open = ["scopes", "method", "path", "ip"]
        .iter()
        .any(|name| !form.value(name).is_empty() || form.error(name).is_some());
    view! {
        <form method="post" action=OrgRoutes(&model.nav.org.slug).run_check() class="form" autocomplete="off">
            {Field::new(form, "api", "API").select(options)}
            {Field::new(form, "credential", "Credential").required().mono().placeholder("lk_live_… or eyJ…")
                .hint("A key or an access token, as your API got it. It is neither kept nor logged, and this page doesn't show it again.").area(4)}
            <details class="more" open=open>
                <summary>"The call: scopes, operation, address"</summary>
                <div class="form-part">
                    {Field::new(form, "scopes", "Scopes").mono().placeholder("orders:read orders:write").hint("What the call needs, with spaces between.").text()}
                    <div class="columns">
                        {Field::new(form, "method", "Method").mono().max(20).placeholder("GET").text()}
                        {Field::new(form, "path", "Path").mono().max(2_000).placeholder("/orders/42").hint("Looked up in the API's OpenAPI document.").text()}
                    </div>
                    {Field::new(form, "ip", "Address").mono().max(45).placeholder("203.0.113.9").hint("Where the call came from.").text()}
                </div>
            </details>
            <div class="actions"><button type="submit" class="button primary">"Check credential"</button></div>
        </form>
    }
    .into_any()
}

fn report_view(model: &CheckPage, report: &Report) -> AnyView {
    let answer = &report.answer;
    let class = if answer.code == Outcome::Valid { "notice good" } else { "notice bad" };
    let explained = answer.explanation.as_deref();
    let meaning = explained.map(|explanation| meaning(explanation.decided_by, report));
    let rules = explained.filter(|explanation| !explanation.rules.is_empty()).map(|explanation| {
        let rows = explanation.rules.iter().map(rule_row).collect();
        let list = table("What spoke for the call", &[Column::text("Rule"), Column::text("Detail")], rows);
        view! { <h2>"What spoke for the call"</h2>{list} }
    });
    view! {
        <section class="panel" id="report" aria-label="Verdict">
            <p class=class role="status"><b class="line">{answer.code.to_string()}</b>{meaning}</p>
            {definitions(facts(model, report))}
            {rules}
            {explained.map(|explanation| view! { <p class="quiet small">{stands_on(explanation)}</p> })}
        </section>
    }
    .into_any()
}

/// What the check that decided means.
fn meaning(decided_by: &str, report: &Report) -> &'static str {
    match decided_by {
        "all_checks" => "Every check passed: the call goes through.",
        "form" => "It isn't a credential of this installation: mistyped, cut off, or of another system.",
        "signature" => "It looks like a JWT, but no key of this installation signed it.",
        "possession" => {
            "It is bound to a key or a certificate, and each call must prove that the caller holds it. That can't be shown here."
        }
        "audience" => "It is a JWT for another API: its aud isn't this API's audience.",
        "lookup" => "This API has no such credential: unknown, mistyped, or of another API.",
        "revocation" => "It was revoked, or what it was granted here was taken back.",
        "suspension" => "The organisation that holds it is suspended.",
        "disabling" => {
            "It is switched off, its organisation is blocked at this API or may no longer use it, or it doesn't meet the security tier."
        }
        "start" => "It doesn't hold yet.",
        "expiry" => "It has ended.",
        "principal" => "The API doesn't take callers of its kind: programs, or people.",
        "call_path" => "The API's call paths don't let its chain of callers pass.",
        "network" if report.has_address => "It may not be used from this address.",
        "network" => "It may be used from some addresses only, and none was given.",
        "operation" => "The API's document has no such operation, and the API refuses what it doesn't have.",
        "scopes" => "It lacks what the call needs.",
        "rate_limit" => "A rate limit has no room left now.",
        "credits" => "No credits are left.",
        _ => "",
    }
}

fn facts(model: &CheckPage, report: &Report) -> Vec<(&'static str, AnyView)> {
    let answer = &report.answer;
    let mut facts = Vec::new();
    if let Some(known) = &answer.valid {
        facts.extend(credential(model, report, known));
    } else if let Some(id) = &answer.id {
        facts.push(("Credential", linked(model, report, id, None)));
    }
    if !answer.missing_scopes.is_empty() {
        let missing = answer.missing_scopes.iter().map(|scope| view! { <code class="scope">{scope.clone()}</code> });
        facts.push(("Missing scopes", view! { <span class="scopes">{missing.collect_view()}</span> }.into_any()));
    }
    if !answer.rate_limits.is_empty() {
        facts.push(("Rate limits", limits::states_view(&answer.rate_limits)));
    }
    if let Some(left) = answer.credits_remaining {
        facts.push(("Credits", format!("{left} left").into_any()));
    }
    facts
}

/// All that is said of a credential that holds.
fn credential(model: &CheckPage, report: &Report, known: &Verified) -> Vec<(&'static str, AnyView)> {
    let kind = kind_text(known.kind);
    let generation = known.generation.map(|number| format!(", generation {number}"));
    let ends = known.expires_at.map_or_else(|| "Never".into_any(), |end| ago(end, model.now));
    let scopes = report.answer.scopes.as_ref().unwrap_or(&known.scopes);
    let mut facts = vec![
        ("Credential", linked(model, report, &known.id, Some(known))),
        ("Kind", view! { {kind}{generation}" "{environment_badge(known.environment)} }.into_any()),
        ("Organisation", known.org_slug.clone().into_any()),
        ("Scopes", scope_list(scopes)),
        ("Ends", ends),
    ];
    if known.subject != known.id {
        facts.insert(2, ("Subject", view! { <code>{known.subject.clone()}</code> }.into_any()));
    }
    if let Some(owner) = &known.owner {
        facts.push(("Owner", owner.clone().into_any()));
    }
    if !known.metadata.is_empty() {
        let metadata = serde_json::Value::Object(known.metadata.clone()).to_string();
        facts.push(("Metadata", view! { <code>{metadata}</code> }.into_any()));
    }
    facts
}

/// Its name and id, with a link to its page where this organisation has one.
fn linked(model: &CheckPage, report: &Report, id: &str, known: Option<&Verified>) -> AnyView {
    let slug = &model.nav.org.slug;
    let own_client = known
        .filter(|known| known.org_slug == *slug)
        .and_then(|known| routes::credential(slug, &known.token.as_ref()?.client_id));
    let href = report.key.as_ref().map(|key| OrgRoutes(slug).key(key)).or(own_client);
    let name = known.map(|known| known.name.clone()).filter(|name| !name.is_empty());
    let id = view! { <code>{id.to_owned()}</code> };
    match (name, href) {
        (Some(name), Some(href)) => view! { <a href=href>{name}</a><small class="quiet">{id}</small> }.into_any(),
        (Some(name), None) => view! { {name}<small class="quiet">{id}</small> }.into_any(),
        (None, Some(href)) => view! { <a href=href>{id}</a> }.into_any(),
        (None, None) => id.into_any(),
    }
}

fn rule_row(rule: &Rule) -> Vec<AnyView> {
    let code = |text: String| view! { <code>{text}</code> }.into_any();
    match rule {
        Rule::Scope { scope, grant, .. } => {
            let by = match grant {
                Grant::Own => "The API is its organisation's own",
                Grant::SelfService => "Any organisation takes this scope itself",
                Grant::Approval => "The API's owner approved it",
            };
            vec![view! { "Scope "<code class="scope">{scope.clone()}</code> }.into_any(), by.into_any()]
        }
        Rule::Operation { id, method, path } => {
            let name = id.clone().map(|id| format!(" ({id})"));
            vec![
                "Operation".into_any(),
                view! { <span><code>{format!("{method} {path}")}</code>{name}</span> }.into_any(),
            ]
        }
        Rule::CallPath { caller, via } => {
            let chain: Vec<String> = std::iter::once(caller).chain(via).cloned().collect();
            vec!["Call path".into_any(), code(chain.join(" ← "))]
        }
        Rule::CallPathDefault => vec!["Call path".into_any(), "Chains that aren't listed may pass".into_any()],
        Rule::Network { network } => vec!["Allowed network".into_any(), code(network.clone())],
        Rule::Limit { name, limit, remaining } => {
            vec![view! { "Limit "{name.clone()} }.into_any(), format!("{remaining} of {limit} left").into_any()]
        }
    }
}

/// How new what the answer stands on is.
fn stands_on(explanation: &Explanation) -> String {
    let Explanation { decided_by, source, revision, age_ms, .. } = explanation;
    let source = match source {
        Source::Database => "read for this check".to_owned(),
        Source::Cache => format!("remembered, changes seen {age_ms} ms ago"),
    };
    format!("Decided by {decided_by}; {source}; revision {revision}.")
}
