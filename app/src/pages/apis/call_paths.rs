//! `/orgs/{slug}/apis/{id}/call-paths`: which chains of callers may reach an API.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apis::{self, Api, CallGraph, CallPathDefault, CallPaths, MAX_CALL_DEPTH, MAX_CALL_PATHS};
use leptos::prelude::*;

use crate::components::{Field, FormState, OrgNav, Section, call_graph_view, error_summary, page_header};
use crate::pages::workload_rules::list::{Principal, principals};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// Empty rows below the filled ones.
const SPARE_ROWS: usize = 2;
/// Fields for the callers before the last one, where no chain has more.
const FEWEST_VIA: usize = 2;

/// The page.
pub async fn call_paths(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
    let api = apis::get(ctx.core(), ctx.caller(), &slug, &id(&api)?).await?;
    let mut form = ctx.form().await?;
    if form.values.is_empty() {
        form.values = stored(&api.call_paths.clone().unwrap_or_default());
    }
    let known = principals(&ctx, &slug).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Call paths", move || content(&shown, &api, &known, &form)))
}

/// Call paths as the form would send them.
pub(crate) fn stored(paths: &CallPaths) -> Vec<(String, String)> {
    let columns = paths.items.iter().map(|item| item.via.len()).max().unwrap_or_default().max(FEWEST_VIA);
    let mut values = vec![
        ("default".to_owned(), paths.default.as_str().to_owned()),
        ("max_depth".to_owned(), paths.max_depth.to_string()),
        ("columns".to_owned(), columns.to_string()),
    ];
    for item in &paths.items {
        values.push(("caller".to_owned(), item.caller.clone()));
        let padded = item.via.iter().map(String::as_str).chain(std::iter::repeat(""));
        values.extend(padded.take(columns).map(|via| ("via".to_owned(), via.to_owned())));
    }
    values
}

/// How many fields for earlier callers each row has.
pub(crate) fn columns(typed: &str) -> usize {
    let most = usize::try_from(MAX_CALL_DEPTH).unwrap_or(usize::MAX) - 1;
    typed.parse().unwrap_or(FEWEST_VIA).clamp(FEWEST_VIA, most)
}

/// The page's content.
pub fn content(nav: &OrgNav, api: &Api, known: &[Principal], form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let defaults = [
        (
            "allow".to_owned(),
            "May pass".to_owned(),
            "Chains are only held to their length; the list above is a drawing of what you know.".to_owned(),
        ),
        (
            "deny".to_owned(),
            "Are refused".to_owned(),
            "Only the chains above reach the API; all others answer CHAIN_NOT_ALLOWED.".to_owned(),
        ),
    ];
    let depths = (1..=MAX_CALL_DEPTH)
        .map(|depth| {
            let text = if depth == 1 { "1: callers by themselves only".to_owned() } else { format!("{depth} callers") };
            (depth.to_string(), text)
        })
        .collect();
    let fields = [("default", "All other chains"), ("max_depth", "Longest chain"), ("items", "Chains")];
    let options = known
        .iter()
        .map(|principal| view! { <option value=principal.id.clone()>{principal.name.clone()}</option> })
        .collect_view();
    view! {
        {page_header(Some((&api.name, to.api(&api.id))), "Call paths", Some("Who may call this API, and by way of whom. It holds at once, for tokens that were issued too."), ().into_any())}
        {error_summary(form, &fields)}
        <form method="post" action=to.set_call_paths(&api.id) class="form wide">
            // what the Enter key presses: else it would be the first button, the one for more rows
            <button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">"Save call paths"</button>
            <datalist id="callers">{options}</datalist>
            {chains(form)}
            <div class="form">
                {Field::new(form, "default", "All other chains").required().default("allow").choices("radio", &defaults)}
                {Field::new(form, "max_depth", "Longest chain").default(MAX_CALL_DEPTH.to_string()).select(depths)}
            </div>
            <div class="actions">
                <button type="submit" class="button primary">"Save call paths"</button>
                <a class="button" href=to.api(&api.id)>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn chains(form: &FormState) -> AnyView {
    let columns = columns(form.value("columns"));
    let callers: Vec<&str> = form.all("caller").collect();
    let via: Vec<&str> = form.all("via").collect();
    let filled = callers.iter().rposition(|caller| !caller.is_empty()).map_or(0, |last| last + 1);
    let rows = (filled + SPARE_ROWS).max(callers.len()).min(MAX_CALL_PATHS);
    let rows = (0..rows)
        .map(|row| {
            let caller = callers.get(row).copied().unwrap_or_default().to_owned();
            let number = row + 1;
            let row_id = if row == 0 { "items".to_owned() } else { format!("items-{row}") };
            let via_fields = (0..columns)
                .map(|column| {
                    let value = via.get(row * columns + column).copied().unwrap_or_default().to_owned();
                    let label = format!("Chain {number}: caller before it, {}", column + 1);
                    view! { <input type="text" class="mono" name="via" value=value maxlength="40" list="callers" placeholder="called by" aria-label=label autocomplete="off"/> }
                })
                .collect_view();
            view! {
                <div class="chain-row" role="group" aria-label=format!("Chain {number}")>
                    <input type="text" class="mono" id=row_id name="caller" value=caller maxlength="40" list="callers" placeholder="calls the API" aria-label=format!("Chain {number}: who calls the API") autocomplete="off"/>
                    {via_fields}
                </div>
            }
        })
        .collect_view();
    let error = form.error("items").map(|error| view! { <p class="error" id="items-error">{error}</p> });
    view! {
        <fieldset class="field">
            <legend>"Chains"</legend>
            <p class="hint">"One a row: the id of who calls the API, then who calls them, and so on. Apps, service accounts, and at the first place keys. Rows left empty don't count."</p>
            {error}
            <input type="hidden" name="columns" value=columns.to_string()/>
            <div class="scope-rows">{rows}</div>
            <div class="actions below">
                <button type="submit" class="button" name="more" value="rows" formnovalidate>"Add rows"</button>
                <button type="submit" class="button" name="more" value="columns" formnovalidate>"Longer chains"</button>
            </div>
        </fieldset>
    }
    .into_any()
}

/// The section of an API's page: the rule in a sentence, the graph, the link that changes it.
pub(super) fn section(nav: &OrgNav, api: &Api, graph: &CallGraph) -> AnyView {
    let paths = api.call_paths.clone().unwrap_or_default();
    let rule = match (paths.default, paths.items.is_empty()) {
        (CallPathDefault::Allow, _) => {
            format!("Every chain of at most {} callers may reach this API.", paths.max_depth)
        }
        (CallPathDefault::Deny, false) => {
            format!(
                "Only these chains reach this API, of at most {} callers; all others answer CHAIN_NOT_ALLOWED.",
                paths.max_depth
            )
        }
        (CallPathDefault::Deny, true) => "No chain reaches this API: every call answers CHAIN_NOT_ALLOWED.".to_owned(),
    };
    let graph = (!graph.edges.is_empty()).then(|| call_graph_view(graph, api.id.as_str()));
    let edit = nav.may(Action::ManageApis).then(|| {
        let href = OrgRoutes(&nav.org.slug).call_paths(&api.id);
        view! { <p><a class="button" href=href>"Edit call paths"</a></p> }
    });
    view! {
        <section class="section" id="call-paths">
            <div class="section-head"><h2>"Call paths"</h2><p>"Who may call, by way of whom."</p></div>
            <p class="quiet">{rule}</p>
            {graph}
            {edit}
        </section>
    }
    .into_any()
}
