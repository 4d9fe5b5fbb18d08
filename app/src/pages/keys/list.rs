//! `/orgs/{slug}/keys`: search, filters, pages.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::keys::{self, GrantableApi, Key, KeyFilter, grantable_apis};
use latchkey_core::ports::Listed;
use latchkey_types::{CredentialKind, CredentialStatus, Environment, Timestamp};
use leptos::prelude::*;

use super::{api_name, kind_text};
use crate::components::{
    Column, OrgNav, Section, ago_or_never, empty_state, environment_badge, page_header, pagination, search_bar,
    status_badge, table,
};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// The filters as they stand in the URL.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// The search.
    pub q: String,
    /// An API's id.
    pub api: String,
    /// `api_key` or `jwt_key`.
    pub kind: String,
    /// `live` or `test`.
    pub environment: String,
    /// A status' word.
    pub status: String,
    /// The page.
    pub cursor: String,
}

impl Filters {
    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("q", &self.q),
            ("api", &self.api),
            ("kind", &self.kind),
            ("environment", &self.environment),
            ("status", &self.status),
        ]
    }

    fn is_empty(&self) -> bool {
        self.cursor.is_empty() && self.pairs().iter().all(|(_, value)| value.is_empty())
    }

    /// What isn't one of the choices filters nothing.
    fn parse(&self, now: Timestamp) -> KeyFilter {
        let status = [
            CredentialStatus::Active,
            CredentialStatus::Disabled,
            CredentialStatus::Revoked,
            CredentialStatus::Expired,
        ]
        .into_iter()
        .find(|status| status.as_str() == self.status);
        KeyFilter {
            search: Some(self.q.clone()).filter(|q| !q.is_empty()),
            api: self.api.parse().ok(),
            kind: self.kind.parse().ok(),
            environment: self.environment.parse().ok(),
            status: status.map(|status| (status, now)),
        }
    }
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Keys).await?;
    let text = |name| ctx.query(name).to_owned();
    let filters = Filters {
        q: text("q"),
        api: text("api"),
        kind: text("kind"),
        environment: text("environment"),
        status: text("status"),
        cursor: text("cursor"),
    };
    let listed = keys::list(ctx.core(), ctx.caller(), &slug, &filters.parse(ctx.now), &ctx.list_page()).await?;
    let apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    let (shown, now) = (nav.clone(), ctx.now);
    Ok(ctx.org_page(nav, "Keys", move || content(&shown, &listed, &apis, &filters, now)))
}

/// The page's content.
pub fn content(
    nav: &OrgNav,
    listed: &Listed<Key>,
    apis: &[GrantableApi],
    filters: &Filters,
    now: Timestamp,
) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageCredentials);
    let actions = view! {
        <a class="button" href=to.action_tokens()>"Action tokens"</a>
        {may.then(|| view! {
            <a class="button" href=to.check_credential()>"Check a credential"</a>
            <a class="button primary" href=to.new_key()>"Create key"</a>
        })}
    };
    let body = if listed.items.is_empty() && filters.is_empty() {
        let text = "A key proves who calls an API: an API key is looked up at each call, a JWT key is a signed token that anybody can check offline.";
        empty_state("No keys yet", text, may.then(|| ("Create key", to.new_key())))
    } else {
        view! {
            {search_bar(to.keys(), "Search by name, owner or id", filters.q.clone(), filter_fields(apis, filters))}
            {if listed.items.is_empty() {
                empty_state("Nothing found", "No key fits this search and these filters.", Some(("Show all keys", to.keys())))
            } else {
                rows(nav, &listed.items, apis, now)
            }}
            {pagination(&to.keys(), &filters.pairs(), Some(&filters.cursor), listed.next_cursor.as_deref())}
        }
        .into_any()
    };
    view! {
        {page_header(None, "Keys", Some("API keys and JWT keys of this organisation."), actions.into_any())}
        {body}
    }
    .into_any()
}

/// A filter with an `all` choice.
fn filter(name: &'static str, label: &'static str, chosen: &str, options: Vec<(String, String)>) -> AnyView {
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <label>
            <span class="visually-hidden">{label}</span>
            <select name=name><option value="">{format!("{label}: all")}</option>{options}</select>
        </label>
    }
    .into_any()
}

fn filter_fields(apis: &[GrantableApi], filters: &Filters) -> AnyView {
    let words =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect();
    let api_options = apis.iter().map(|known| (known.api.id.to_string(), known.api.name.clone())).collect();
    let statuses = [("active", "Active"), ("disabled", "Disabled"), ("expired", "Expired"), ("revoked", "Revoked")];
    view! {
        {filter("status", "State", &filters.status, words(&statuses))}
        {filter("environment", "Environment", &filters.environment, words(&[("live", "Live"), ("test", "Test")]))}
        {filter("kind", "Kind", &filters.kind, words(&[("api_key", "API key"), ("jwt_key", "JWT key")]))}
        {filter("api", "API", &filters.api, api_options)}
    }
    .into_any()
}

fn rows(nav: &OrgNav, items: &[Key], apis: &[GrantableApi], now: Timestamp) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let rows = items
        .iter()
        .map(|key| {
            let owner = key.owner.clone().map(|owner| view! { <small>{owner}</small> });
            let environment = (key.kind == CredentialKind::ApiKey || key.environment == Environment::Test)
                .then(|| environment_badge(key.environment));
            vec![
                view! { <a href=to.key(&key.id)>{key.name.clone()}</a>{owner} }.into_any(),
                view! { <span class="badges">{status_badge(key.status(now))}{environment}</span> }.into_any(),
                kind_text(key.kind).into_any(),
                api_name(apis, &key.api).into_any(),
                ago_or_never(key.last_used_at, now),
                match key.expires_at {
                    Some(end) => crate::components::ago(end, now),
                    None => view! { <span class="quiet">"Never"</span> }.into_any(),
                },
            ]
        })
        .collect();
    let columns = [
        Column::text("Name"),
        Column::short("State"),
        Column::short("Kind"),
        Column::text("API"),
        Column::text("Last used"),
        Column::text("Expires"),
    ];
    table("Keys", &columns, rows)
}
