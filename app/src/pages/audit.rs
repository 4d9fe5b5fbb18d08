//! `/orgs/{slug}/audit`: who did what, with filters.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::audit::{self, AuditEntry, AuditFilter, AuditOutcome};
use latchkey_core::ports::{Listed, Page};
use latchkey_types::{Timestamp, UserId};
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::components::{Column, OrgNav, Section, Tone, badge, empty_state, moment, page_header, pagination, table};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// Kinds of action for the filter: what stands before the point.
const KINDS: [(&str, &str); 10] = [
    ("key.", "Keys"),
    ("app.", "Apps"),
    ("api.", "APIs"),
    ("verification_key.", "Verification keys"),
    ("management_key.", "Management keys"),
    ("member.", "Members"),
    ("invitation.", "Invitations"),
    ("consumer.", "Consumers"),
    ("access_request.", "Access requests"),
    ("org.", "Organisation"),
];

/// The filters as they stand in the URL.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// An action, or the start of one.
    pub action: String,
    /// An actor's id.
    pub actor: String,
    /// A target's id.
    pub target: String,
    /// A day.
    pub from: String,
    /// A day.
    pub to: String,
    /// The page.
    pub cursor: String,
}

impl Filters {
    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("action", &self.action),
            ("actor", &self.actor),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    fn parse(&self) -> AuditFilter {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let day = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
        AuditFilter {
            org: None,
            action: some(&self.action),
            actor: some(&self.actor),
            target: some(&self.target),
            from: day(&self.from),
            // the day itself counts
            to: day(&self.to).map(|at| at.plus_seconds(86_400)),
        }
    }
}

/// How many members are called by their names; others by their ids.
const NAMED_MEMBERS: u32 = 200;

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadAudit, Section::Audit).await?;
    let text = |name| ctx.query(name).to_owned();
    let filters = Filters {
        action: text("action"),
        actor: text("actor"),
        target: text("target"),
        from: text("from"),
        to: text("to"),
        cursor: text("cursor"),
    };
    let listed = audit::list(ctx.core(), ctx.caller(), &slug, filters.parse(), &ctx.list_page()).await?;
    let first = Page { limit: NAMED_MEMBERS, cursor: None };
    let members = latchkey_core::orgs::members(ctx.core(), ctx.caller(), &slug, &first).await?;
    let names: Vec<(UserId, String)> = members.items.into_iter().map(|member| (member.user, member.name)).collect();
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Audit log", move || content(&shown, &listed, &filters, &names)))
}

/// The page's content; `names` are those of members.
pub fn content(nav: &OrgNav, listed: &Listed<AuditEntry>, filters: &Filters, names: &[(UserId, String)]) -> AnyView {
    let path = OrgRoutes(&nav.org.slug).audit();
    let list = if listed.items.is_empty() {
        empty_state(
            "Nothing found",
            "No entry fits these filters. Every change in this organisation is written here, with the change itself.",
            None,
        )
    } else {
        rows(&listed.items, names)
    };
    view! {
        {page_header(None, "Audit log", Some("Who did what, when and from where. Newest first; times are in UTC."), ().into_any())}
        {filter_form(&path, filters)}
        {list}
        {pagination(&path, &filters.pairs(), Some(&filters.cursor), listed.next_cursor.as_deref())}
    }
    .into_any()
}

fn filter_form(path: &str, filters: &Filters) -> AnyView {
    let exact = KINDS.iter().all(|(value, _)| *value != filters.action) && !filters.action.is_empty();
    let exact = exact.then(|| {
        let action = filters.action.clone();
        let text = action.clone();
        view! { <option value=action selected=true>{text}</option> }
    });
    let kinds = KINDS
        .iter()
        .map(|(value, text)| {
            let selected = *value == filters.action;
            view! { <option value=*value selected=selected>{*text}</option> }
        })
        .collect_view();
    let input = |name: &'static str, label: &'static str, kind: &'static str, value: &str| {
        let value = value.to_owned();
        view! { <label><span class="small">{label}</span><input type=kind name=name value=value maxlength="64"/></label> }
    };
    view! {
        <form method="get" action=path.to_owned() class="filters" role="search">
            <label><span class="small">"Event"</span><select name="action"><option value="">"Everything"</option>{exact}{kinds}</select></label>
            {input("actor", "Actor's id", "text", &filters.actor)}
            {input("target", "Target's id", "text", &filters.target)}
            {input("from", "From day", "date", &filters.from)}
            {input("to", "To day", "date", &filters.to)}
            <button type="submit" class="button">"Filter"</button>
        </form>
    }
    .into_any()
}

fn actor(entry: &AuditEntry, names: &[(UserId, String)]) -> AnyView {
    let id = entry.actor_id.clone();
    let name =
        id.as_ref().and_then(|id| names.iter().find(|(user, _)| user.as_str() == id)).map(|(_, name)| name.clone());
    let kind = match entry.actor_kind.as_str() {
        "user" => "Person",
        "management_key" => "Management key",
        "command_line" => "Command line",
        "app" => "App",
        "service_account" => "Service account",
        "initial_access_token" => "Initial access token",
        "action_token" => "Whoever had the link",
        "holder" => "Whoever held it",
        "leak_reporter" => "Reporter of leaks",
        _ => "Latchkey",
    };
    let id = id.map(|id| view! { <small><code>{id}</code></small> });
    view! { <span>{name.unwrap_or_else(|| kind.to_owned())}{id}</span> }.into_any()
}

/// `name: checkout · scopes: orders:read`; what is empty is left out.
fn detail_text(detail: &Map<String, Value>) -> String {
    let words = detail.iter().map(|(name, value)| (name, value_text(value))).filter(|(_, text)| !text.is_empty());
    words.map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join(" · ")
}

/// JSON as people write it down: lists with commas, members with a colon.
fn value_text(value: &Value) -> String {
    let join = |texts: Vec<String>| texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => join(items.iter().map(value_text).collect()),
        Value::Object(members) => {
            join(members.iter().map(|(name, value)| format!("{name} {}", value_text(value))).collect())
        }
        other => other.to_string(),
    }
}

fn rows(items: &[AuditEntry], names: &[(UserId, String)]) -> AnyView {
    let rows = items
        .iter()
        .map(|entry| {
            let denied = (entry.outcome == AuditOutcome::Denied).then(|| badge(Tone::Bad, "Refused"));
            let detail = (!entry.detail.is_empty()).then(|| view! { <small>{detail_text(&entry.detail)}</small> });
            vec![
                view! { <code>{entry.action.clone()}</code>" "{denied}{detail} }.into_any(),
                actor(entry, names),
                view! { <span>{entry.target_type.clone()}<small><code>{entry.target_id.clone()}</code></small></span> }
                    .into_any(),
                entry.ip.map(|ip| view! { <code>{ip.to_string()}</code> }).into_any(),
                moment(entry.at),
            ]
        })
        .collect();
    let columns = [
        Column::text("Event"),
        Column::short("Actor"),
        Column::short("Target"),
        Column::short("IP address"),
        Column::short("Time"),
    ];
    table("Audit log", &columns, rows)
}
