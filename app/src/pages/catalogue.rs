//! `/catalogue`: the public APIs of all organisations, and asking for access to them.

use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apis::{self, AccessRequest, AccessRequestStatus, Api, ScopeGrant};
use latchkey_core::orgs::{self, Org};
use latchkey_core::ports::{Listed, Page};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, Field, FormState, Section, Tone, ago, badge, empty_state, error_summary, page_header, pagination,
    scope_list, search_bar, table,
};
use crate::request::{Ctx, PageError};
use crate::routes::{self, OrgRoutes, with_query};

/// What the page shows.
pub struct Catalogue {
    /// The public APIs.
    pub listed: Listed<(Api, Org)>,
    /// Where the person may make credentials: slug and name.
    pub orgs: Vec<(String, String)>,
    /// What those organisations asked for.
    pub requests: Vec<AccessRequest>,
    /// What was searched.
    pub search: String,
    /// The page.
    pub cursor: String,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// At most this many organisations are asked for their requests.
const ASKED_ORGS: usize = 20;
/// How many requests of each are shown.
const REQUESTS_SHOWN: u32 = 50;

/// The page.
pub async fn list(ctx: Ctx) -> Result<Response, PageError> {
    let (core, caller) = (ctx.core(), ctx.caller());
    let listed = apis::catalogue(core, caller, ctx.query_some("q"), &ctx.list_page()).await?;
    let memberships = orgs::list(core, caller, &Page { limit: 200, cursor: None }).await?;
    let may =
        memberships.items.into_iter().filter(|membership| membership.role >= Action::ManageCredentials.least_role());
    let orgs: Vec<(String, String)> = may.map(|membership| (membership.org.slug, membership.org.name)).collect();
    let mut requests = Vec::new();
    for (slug, _) in orgs.iter().take(ASKED_ORGS) {
        let newest = Page { limit: REQUESTS_SHOWN, cursor: None };
        requests.extend(apis::own_access_requests(core, caller, slug, &newest).await?.items);
    }
    requests.sort_by_key(|request| std::cmp::Reverse(request.created_at));
    let model = Catalogue {
        listed,
        orgs,
        requests,
        search: ctx.query("q").to_owned(),
        cursor: ctx.query("cursor").to_owned(),
        form: ctx.form().await?,
        now: ctx.now,
    };
    Ok(ctx.plain_page(Section::Catalogue, "Catalogue", move || content(&model)))
}

/// The page's content.
pub fn content(model: &Catalogue) -> AnyView {
    let body = if model.listed.items.is_empty() {
        if model.search.is_empty() {
            empty_state(
                "No public APIs yet",
                "An API whose visibility is public stands here, for every organisation to make credentials for.",
                None,
            )
        } else {
            empty_state(
                "Nothing found",
                "No public API's name or audience starts so.",
                Some(("Show all", routes::CATALOGUE.to_owned())),
            )
        }
    } else {
        model.listed.items.iter().map(|(api, owner)| entry(model, api, owner)).collect_view().into_any()
    };
    view! {
        {page_header(None, "Catalogue", Some("Public APIs of all organisations."), ().into_any())}
        {error_summary(&model.form, &[("org", "For which organisation?"), ("scopes", "Scopes"), ("reason", "Reason")])}
        {search_bar(routes::CATALOGUE.to_owned(), "Search by name or audience", model.search.clone(), ().into_any())}
        {body}
        {pagination(routes::CATALOGUE, &[("q", &model.search)], Some(&model.cursor), model.listed.next_cursor.as_deref())}
        {requests(model)}
    }
    .into_any()
}

fn entry(model: &Catalogue, api: &Api, owner: &Org) -> AnyView {
    let scopes = api
        .scopes
        .iter()
        .map(|scope| {
            let grant = match scope.grant {
                ScopeGrant::SelfService => badge(Tone::Neutral, "Self-service"),
                ScopeGrant::Approval => badge(Tone::Warning, "By approval"),
            };
            vec![
                view! { <code class="scope">{scope.name.to_string()}</code> }.into_any(),
                scope.description.clone().into_any(),
                grant,
            ]
        })
        .collect::<Vec<_>>();
    let scopes = (!scopes.is_empty()).then(|| {
        let summary = if scopes.len() == 1 { "1 scope".to_owned() } else { format!("{} scopes", scopes.len()) };
        view! {
            <details class="more">
                <summary>{summary}</summary>
                {table("Scopes", &[Column::text("Scope"), Column::text("What it allows"), Column::text("Access")], scopes)}
            </details>
        }
    });
    view! {
        <article class="panel">
            <div class="entry-head">
                <div>
                    <h2>{api.name.clone()}</h2>
                    <p class="quiet small"><code>{api.audience.clone()}</code>" by "{owner.name.clone()}</p>
                </div>
                {create_key(model, api)}
            </div>
            {scopes}
            {ask(model, api, owner)}
        </article>
    }
    .into_any()
}

/// Leads to the form for a key: of the one organisation, or of one to choose.
fn create_key(model: &Catalogue, api: &Api) -> Option<AnyView> {
    let href = |slug: &str| with_query(&OrgRoutes(slug).new_key(), &[("api", api.id.as_str())]);
    let link = match model.orgs.as_slice() {
        [] => return None,
        [(slug, _)] => view! { <a class="button" href=href(slug)>"Create a key"</a> }.into_any(),
        several => {
            let links = several
                .iter()
                .map(|(slug, name)| view! { <li><a href=href(slug)>{name.clone()}</a></li> })
                .collect_view();
            view! {
                <details class="dropdown" name="create-key">
                    <summary class="button">"Create a key for…"</summary>
                    <ul>{links}</ul>
                </details>
            }
            .into_any()
        }
    };
    Some(link)
}

/// The form that asks for the scopes by approval. It goes to an organisation of one's own.
fn ask(model: &Catalogue, api: &Api, owner: &Org) -> Option<AnyView> {
    let by_approval: Vec<_> = api
        .scopes
        .iter()
        .filter(|scope| scope.grant == ScopeGrant::Approval)
        .map(|scope| (scope.name.to_string(), scope.name.to_string(), scope.description.clone()))
        .collect();
    // the owner's own organisation holds all scopes
    let orgs: Vec<_> = model.orgs.iter().filter(|(slug, _)| *slug != owner.slug).cloned().collect();
    if by_approval.is_empty() || orgs.is_empty() {
        return None;
    }
    let name = format!("request-{}", api.id);
    let form = model.form.only(&name);
    Some(
        view! {
            <details class="more" open=!form.is_empty()>
                <summary>"Request access"</summary>
                <form method="post" action=routes::REQUEST_ACCESS class="form">
                    <input type="hidden" name="form" value=name/>
                    <input type="hidden" name="api" value=api.id.to_string()/>
                    {Field::new(&form, "org", "For which organisation?").select(orgs)}
                    {Field::new(&form, "scopes", "Scopes").required().choices("checkbox", &by_approval)}
                    {Field::new(&form, "reason", "Reason").required().max(1000).hint("The API's owner reads it and decides.").area(3)}
                    <div class="actions"><button type="submit" class="button primary">"Request access"</button></div>
                </form>
            </details>
        }
        .into_any(),
    )
}

fn requests(model: &Catalogue) -> Option<AnyView> {
    if model.requests.is_empty() {
        return None;
    }
    let rows = model
        .requests
        .iter()
        .map(|request| {
            let state = match request.status {
                AccessRequestStatus::Pending => badge(Tone::Warning, "Waiting"),
                AccessRequestStatus::Approved => badge(Tone::Good, "Approved"),
                AccessRequestStatus::Denied => badge(Tone::Bad, "Denied"),
            };
            vec![
                view! { {request.api_name.clone()}<small>{request.reason.clone()}</small> }.into_any(),
                request.org_slug.clone().into_any(),
                scope_list(&request.scopes),
                state,
                ago(request.created_at, model.now),
            ]
        })
        .collect();
    let columns = [
        Column::text("API"),
        Column::text("For"),
        Column::text("Scopes"),
        Column::text("State"),
        Column::text("Asked"),
    ];
    Some(
        view! { <section class="section"><h2>"Your requests"</h2>{table("Your requests", &columns, rows)}</section> }
            .into_any(),
    )
}
