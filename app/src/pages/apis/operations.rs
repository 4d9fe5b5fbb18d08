//! `/orgs/{slug}/apis/{id}/operations`: the `OpenAPI` document of an API, and what another one would change.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::apis::operations::{
    self, NewlyRefused, Operation, OperationDiff, OperationTable, UnknownOperation, UnknownOperations,
};
use latchkey_core::apis::{self, Api, ScopeGrant};
use latchkey_core::{Action, Error};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Column, FormState, OrgNav, Section, Tone, ago, badge, definitions, error_summary, moment, needed_scopes,
    operation_name, page_header, scope_list, table,
};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// Rows of operations on the API's own page.
const FEW: usize = 20;
/// Rows of one kind of change.
const MOST_CHANGES: usize = 200;

/// What is known of an API's operations.
pub struct Operations {
    /// The document in force.
    pub table: Option<OperationTable>,
    /// What was called that it doesn't have.
    pub unknown: Vec<UnknownOperation>,
    /// What time it is.
    pub now: Timestamp,
}

impl Operations {
    /// Of this API.
    pub(super) async fn load(ctx: &Ctx, slug: &str, api: &Api) -> Result<Self, Error> {
        let (core, caller) = (ctx.core(), ctx.caller());
        Ok(Self {
            table: operations::operations(core, caller, slug, &api.id).await?,
            unknown: operations::unknown_operations(core, caller, slug, &api.id).await?,
            now: ctx.now,
        })
    }
}

/// The page.
pub async fn operations(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadApis, Section::Apis).await?;
    let api = apis::get(ctx.core(), ctx.caller(), &slug, &id(&api)?).await?;
    let known = Operations::load(&ctx, &slug, &api).await?;
    let form = ctx.form().await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Operations", move || content(&shown, &api, &known, &form)))
}

/// The page that shows what the uploaded document would change.
pub async fn review(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
    let api = apis::get(ctx.core(), ctx.caller(), &slug, &id(&api)?).await?;
    let proposed = operations::proposed_operations(ctx.core(), ctx.caller(), &slug, &api.id).await?;
    let form = ctx.form().await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Review operations", move || review_content(&shown, &api, proposed.as_ref(), &form)))
}

/// The page's content.
pub fn content(nav: &OrgNav, api: &Api, known: &Operations, form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let lead = "What this API can be called for, and the scopes that each call takes, as its OpenAPI document says.";
    view! {
        {page_header(Some((&api.name, to.api(&api.id))), "Operations", Some(lead), ().into_any())}
        {error_summary(form, &[("document", "OpenAPI document")])}
        {document(api, known)}
        {nav.may(Action::ManageApis).then(|| upload(nav, api, known, form))}
        {known.table.as_ref().map(|table| operations_table(&table.description.operations))}
        {unknown(known)}
    }
    .into_any()
}

/// The part on the API's own page.
pub fn section(nav: &OrgNav, api: &Api, known: &Operations) -> AnyView {
    let href = OrgRoutes(&nav.org.slug).operations(&api.id);
    let body = match &known.table {
        None => view! {
            <p class="quiet">"No OpenAPI document yet. With one, verification can be asked whether a credential may do an operation, and credentials can be granted operations."</p>
        }
        .into_any(),
        Some(table) => {
            let operations = &table.description.operations;
            let shown = operations_table(&operations[..operations.len().min(FEW)]);
            let more = (operations.len() > FEW).then(|| format!("{FEW} of {} are shown.", operations.len()));
            view! { {shown}{more.map(|more| view! { <p class="quiet">{more}</p> })} }.into_any()
        }
    };
    let calls: i64 = known.unknown.iter().map(|unknown| unknown.count).sum();
    let unknown =
        (calls > 0).then(|| view! { <p>{format!("{calls} calls of operations that the document doesn't have.")}</p> });
    let link =
        if known.table.is_some() || !nav.may(Action::ManageApis) { "All operations" } else { "Upload a document" };
    view! {
        <section class="section" id="operations">
            <div class="section-head"><h2>"Operations"</h2><p>{policy(api)}</p></div>
            {body}
            {unknown}
            <div class="actions below"><a class="button" href=href>{link}</a></div>
        </section>
    }
    .into_any()
}

/// What becomes of calls that the document doesn't have.
const fn policy(api: &Api) -> &'static str {
    match api.unknown_operations {
        UnknownOperations::Strict => "Unknown operations are refused.",
        UnknownOperations::Lenient => "Unknown operations are allowed, and counted.",
    }
}

fn document(api: &Api, known: &Operations) -> AnyView {
    let Some(table) = &known.table else {
        return view! { <p class="quiet">"No document is in force. "{policy(api)}</p> }.into_any();
    };
    let title = format!("{} {}", table.description.title, table.description.version);
    let digest = table.digest.clone();
    definitions(vec![
        ("Document", title.into_any()),
        ("Operations", table.description.operations.len().to_string().into_any()),
        ("Unknown operations", policy(api).into_any()),
        ("Uploaded", moment(table.uploaded_at)),
        ("SHA-256", view! { <code>{digest}</code> }.into_any()),
    ])
}

fn upload(nav: &OrgNav, api: &Api, known: &Operations, form: &FormState) -> AnyView {
    let error = form.error("document").map(|error| view! { <p class="error" id="document-error">{error}</p> });
    let invalid = form.error("document").map(|_| "true");
    let open = known.table.is_none() || form.error("document").is_some();
    view! {
        <details class="more" open=open>
            <summary>"Upload a document"</summary>
            <form method="post" action=OrgRoutes(&nav.org.slug).operations_action(&api.id, "upload") enctype="multipart/form-data" class="form">
                <div class="field">
                    <label for="document">"OpenAPI document"</label>
                    <input type="file" id="document" name="document" required accept=".yaml,.yml,.json,application/json,application/yaml" aria-invalid=invalid aria-describedby="document-hint"/>
                    <p class="hint" id="document-hint">"OpenAPI 3.0 or 3.1, YAML or JSON, at most 5 MiB, in one file. You see what it changes before it does."</p>
                    {error}
                </div>
                <div class="actions"><button type="submit" class="button primary">"Show what it changes"</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn operations_table(operations: &[Operation]) -> AnyView {
    if operations.is_empty() {
        return view! { <p class="quiet">"The document has no operations."</p> }.into_any();
    }
    let rows = operations
        .iter()
        .map(|operation| {
            vec![operation_name(operation), operation.summary.clone().into_any(), needed_scopes(&operation.needs)]
        })
        .collect();
    table("Operations", &[Column::text("Operation"), Column::text("What it does"), Column::text("Takes")], rows)
}

fn unknown(known: &Operations) -> Option<AnyView> {
    if known.unknown.is_empty() {
        return None;
    }
    let rows = known
        .unknown
        .iter()
        .map(|unknown| {
            let odd = unknown.ambiguous.then(|| badge(Tone::Warning, "Refused: ambiguous"));
            vec![
                view! { <code>{format!("{} {}", unknown.method, unknown.path)}</code>" "{odd} }.into_any(),
                unknown.count.to_string().into_any(),
                ago(unknown.last_seen_at, known.now),
            ]
        })
        .collect();
    let columns = [Column::text("Call"), Column::number("Calls"), Column::text("Last")];
    Some(
        view! {
            <section class="section" id="unknown">
                <div class="section-head"><h2>"Unknown operations"</h2><p>"Calls since the document came into force that it doesn't have. {} stands for what may be an id."</p></div>
                {table("Unknown operations", &columns, rows)}
            </section>
        }
        .into_any(),
    )
}

/// The page's content; `None`: no document waits.
pub fn review_content(
    nav: &OrgNav,
    api: &Api,
    proposed: Option<&(OperationTable, OperationDiff)>,
    form: &FormState,
) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let back = to.operations(&api.id);
    let body = match proposed {
        None => view! { <p class="quiet">"No document waits: it was applied, or discarded."</p> }.into_any(),
        Some((table, diff)) => view! {
            {summary(table, diff)}
            {newly_refused(diff)}
            {changes(diff)}
            {decide(nav, api, table)}
        }
        .into_any(),
    };
    let lead = "Nothing is changed yet.";
    view! {
        {page_header(Some(("Operations", back)), "What the document changes", Some(lead), ().into_any())}
        {error_summary(form, &[("document", "OpenAPI document")])}
        {body}
    }
    .into_any()
}

fn summary(table: &OperationTable, diff: &OperationDiff) -> AnyView {
    let title = format!("{} {}", table.description.title, table.description.version);
    let operations = format!(
        "{} new, {} gone, {} changed, {} as before",
        diff.added.len(),
        diff.removed.len(),
        diff.changed.len(),
        diff.unchanged
    );
    let refused = match diff.newly_refused_count {
        0 => badge(Tone::Good, "None"),
        1 => badge(Tone::Warning, "1 credential"),
        count => badge(Tone::Warning, format!("{count} credentials")),
    };
    definitions(vec![
        ("Document", title.into_any()),
        ("Operations", operations.into_any()),
        ("Newly refused", refused),
        ("Uploaded", moment(table.uploaded_at)),
    ])
}

fn newly_refused(diff: &OperationDiff) -> Option<AnyView> {
    if diff.newly_refused.is_empty() {
        return None;
    }
    let rows = diff.newly_refused.iter().map(refused_row).collect();
    let more = diff.newly_refused_count - diff.newly_refused.len();
    let more = (more > 0).then(|| view! { <p class="quiet">{format!("And {more} more.")}</p> });
    let columns =
        [Column::text("Credential"), Column::text("Organisation"), Column::prose("Calls that are refused then")];
    Some(
        view! {
            <section class="section" id="newly-refused">
                <div class="section-head"><h2>"Newly refused"</h2><p>"Credentials, some of whose calls are allowed now and wouldn't be."</p></div>
                {table("Newly refused", &columns, rows)}
                {more}
            </section>
        }
        .into_any(),
    )
}

fn refused_row(refused: &NewlyRefused) -> Vec<AnyView> {
    let credential = &refused.credential;
    let calls = refused
        .operations
        .iter()
        .map(|call| {
            let reason = if call.missing.is_empty() {
                view! { <span class="quiet">" is unknown then"</span> }.into_any()
            } else {
                view! { <span class="quiet">" lacks "</span>{scope_list(&call.missing)} }.into_any()
            };
            let request = format!("{} {}", call.operation.method.as_str(), call.operation.path);
            view! { <li><code>{request}</code>{reason}</li> }
        })
        .collect_view();
    let more = refused.count - refused.operations.len();
    let more = (more > 0).then(|| view! { <li class="quiet">{format!("and {more} more")}</li> });
    vec![
        view! { {credential.name.clone()}<small><code>{credential.id.clone()}</code></small> }.into_any(),
        credential.org_slug.clone().into_any(),
        view! { <ul>{calls}{more}</ul> }.into_any(),
    ]
}

fn changes(diff: &OperationDiff) -> AnyView {
    let row = |operation: &Operation| vec![operation_name(operation), needed_scopes(&operation.needs)];
    let columns = [Column::text("Operation"), Column::text("Takes")];
    let list = |title: &'static str, operations: &[Operation]| {
        (!operations.is_empty()).then(|| {
            let rows = operations.iter().take(MOST_CHANGES).map(row).collect();
            view! { <section class="section"><h2>{title}</h2>{table(title, &columns, rows)}{cut(operations.len())}</section> }
        })
    };
    let changed = (!diff.changed.is_empty()).then(|| {
        let rows = diff
            .changed
            .iter()
            .take(MOST_CHANGES)
            .map(|(from, to)| vec![operation_name(to), needed_scopes(&from.needs), needed_scopes(&to.needs)])
            .collect();
        let columns = [Column::text("Operation"), Column::text("Takes now"), Column::text("Takes then")];
        view! { <section class="section"><h2>"Changed"</h2>{table("Changed", &columns, rows)}{cut(diff.changed.len())}</section> }
    });
    view! {
        {scope_changes(diff)}
        {changed}
        {list("New operations", &diff.added)}
        {list("Operations that are gone", &diff.removed)}
    }
    .into_any()
}

/// That there are more than are shown.
fn cut(count: usize) -> Option<AnyView> {
    (count > MOST_CHANGES)
        .then(|| view! { <p class="quiet">{format!("{MOST_CHANGES} of {count} are shown.")}</p> }.into_any())
}

fn scope_changes(diff: &OperationDiff) -> Option<AnyView> {
    if diff.scopes_added.is_empty() && diff.scopes_no_longer_named.is_empty() {
        return None;
    }
    let added = diff.scopes_added.iter().map(|scope| {
        let grant = match scope.grant {
            ScopeGrant::SelfService => badge(Tone::Neutral, "Self-service"),
            ScopeGrant::Approval => badge(Tone::Warning, "By approval"),
        };
        vec![
            view! { <code class="scope">{scope.name.to_string()}</code> }.into_any(),
            view! { <span>"Is made "{grant}</span> }.into_any(),
            scope.description.clone().into_any(),
        ]
    });
    let unnamed = diff.scopes_no_longer_named.iter().map(|scope| {
        vec![
            view! { <code class="scope">{scope.to_string()}</code> }.into_any(),
            "No operation takes it any more; the API keeps it".into_any(),
            ().into_any(),
        ]
    });
    let columns = [Column::text("Scope"), Column::text("What becomes of it"), Column::text("What it allows")];
    let rows = added.chain(unnamed).collect();
    Some(view! { <section class="section"><h2>"Scopes"</h2>{table("Scopes", &columns, rows)}</section> }.into_any())
}

fn decide(nav: &OrgNav, api: &Api, table: &OperationTable) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    view! {
        <div class="actions">
            <form method="post" action=to.operations_action(&api.id, "apply")>
                <input type="hidden" name="digest" value=table.digest.clone()/>
                <button type="submit" class="button primary">"Apply"</button>
            </form>
            <form method="post" action=to.operations_action(&api.id, "discard")>
                <button type="submit" class="button">"Discard"</button>
            </form>
        </div>
    }
    .into_any()
}
