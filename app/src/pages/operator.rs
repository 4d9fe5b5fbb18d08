//! `/operator`: every credential and organisation of the installation. For anybody but operators it doesn't exist.

use axum::response::Response;
use latchkey_core::Error;
use latchkey_core::operator::{self, CredentialSummary};
use latchkey_core::orgs::Org;
use latchkey_core::ports::{Listed, Page};
use latchkey_types::{CredentialStatus, Environment, Timestamp};
use leptos::prelude::*;

use crate::components::{
    Column, Confirm, Field, FormState, Section, Tone, ago_or_never, badge, empty_state, error_summary, page_header,
    pagination, search_bar, status_badge, table,
};
use crate::pages::keys::kind_text;
use crate::request::{Ctx, PageError};
use crate::routes::{self, OrgRoutes};

/// What the page shows.
pub struct OperatorDesk {
    /// What was searched.
    pub search: String,
    /// The page.
    pub cursor: String,
    /// What was found; empty before a search.
    pub credentials: Listed<CredentialSummary>,
    /// Organisations that fit the search.
    pub orgs: Vec<Org>,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn show(ctx: Ctx) -> Result<Response, PageError> {
    if !ctx.person.is_operator() {
        return Err(Error::NotFound.into());
    }
    let (core, caller) = (ctx.core(), ctx.caller());
    let search = key_of_secret(ctx.query("q")).unwrap_or_else(|| ctx.query("q").to_owned());
    let credentials = if search.is_empty() {
        Listed { items: Vec::new(), next_cursor: None }
    } else {
        operator::credentials(core, caller, &search, &ctx.list_page()).await?
    };
    let orgs = operator::orgs(core, caller, ctx.query_some("q"), &Page { limit: 20, cursor: None }).await?;
    let model = OperatorDesk {
        search,
        cursor: ctx.query("cursor").to_owned(),
        credentials,
        orgs: orgs.items,
        form: ctx.form().await?,
        now: ctx.now,
    };
    Ok(ctx.plain_page(Section::Operator, "Operator desk", move || content(&model)))
}

/// The key whose API key starts so (`lk_live_…`, as far as it is known), so that what turned up in a log finds its key.
fn key_of_secret(search: &str) -> Option<String> {
    let mut words = search.split('_').skip(1);
    let is_key = words.next()?.parse::<Environment>().is_ok();
    let id = words.next()?;
    (is_key && !id.is_empty()).then(|| format!("key_{id}"))
}

/// The page's content.
pub fn content(model: &OperatorDesk) -> AnyView {
    view! {
        {page_header(None, "Operator desk", Some("The whole installation. What is done here stands in the audit logs."), ().into_any())}
        {error_summary(&model.form, &[("reason", "Reason")])}
        {search_bar(routes::OPERATOR.to_owned(), "Start of an id, an API key, a name or an organisation's slug", model.search.clone(), ().into_any())}
        {credentials(model)}
        {organisations(model)}
    }
    .into_any()
}

fn status(credential: &CredentialSummary, now: Timestamp) -> CredentialStatus {
    if credential.revoked_at.is_some() {
        CredentialStatus::Revoked
    } else if credential.expires_at.is_some_and(|end| end <= now) {
        CredentialStatus::Expired
    } else if credential.disabled_at.is_some() {
        CredentialStatus::Disabled
    } else {
        CredentialStatus::Active
    }
}

fn credentials(model: &OperatorDesk) -> Option<AnyView> {
    if model.search.is_empty() {
        return None;
    }
    let body = if model.credentials.items.is_empty() {
        empty_state(
            "No credentials found",
            "Search by the start of an id (key_…, app_…, sa_…), of an API key, of a name, or of an organisation's slug.",
            None,
        )
    } else {
        let rows = model.credentials.items.iter().map(|credential| row(model, credential)).collect();
        let columns = [
            Column::text("Credential"),
            Column::text("Organisation"),
            Column::text("State"),
            Column::text("Last used"),
            Column::text(""),
        ];
        table("Credentials", &columns, rows)
    };
    Some(
        view! {
            <section class="section">
                <h2>"Credentials"</h2>
                {body}
                {pagination(routes::OPERATOR, &[("q", &model.search)], Some(&model.cursor), model.credentials.next_cursor.as_deref())}
            </section>
        }
        .into_any(),
    )
}

fn row(model: &OperatorDesk, credential: &CredentialSummary) -> Vec<AnyView> {
    let revoke = credential.revoked_at.is_none().then(|| {
        let id = credential.id.clone();
        Confirm {
            id: format!("revoke-{id}"),
            open: "Revoke…".to_owned(),
            title: format!("Revoke {} of {}?", credential.name, credential.org_slug),
            text:
                "It is refused from then on. This can't be undone, and its organisation sees that an operator did it."
                    .to_owned(),
            action: routes::OPERATOR_REVOKE.to_owned(),
            submit: "Revoke credential".to_owned(),
            danger: true,
        }
        .with_fields(
            view! {
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="q" value=model.search.clone()/>
                {Field::new(&FormState::default().scoped(&credential.id), "reason", "Reason").max(200).text()}
            }
            .into_any(),
        )
    });
    let href = OrgRoutes(&credential.org_slug).overview();
    vec![
        view! { {credential.name.clone()}<small>{kind_text(credential.kind)}" "<code>{credential.id.clone()}</code></small> }.into_any(),
        view! { <a href=href>{credential.org_slug.clone()}</a> }.into_any(),
        status_badge(status(credential, model.now)),
        ago_or_never(credential.last_used_at, model.now),
        view! { <span class="row-actions">{revoke}</span> }.into_any(),
    ]
}

pub(crate) fn organisations(model: &OperatorDesk) -> AnyView {
    let rows: Vec<Vec<AnyView>> = model.orgs.iter().map(|org| org_row(org, &model.search)).collect();
    let body = if rows.is_empty() {
        view! { <p class="quiet">"No organisation's slug or name starts so."</p> }.into_any()
    } else {
        table("Organisations", &[Column::text("Organisation"), Column::text("State"), Column::text("")], rows)
    };
    view! { <section class="section"><h2>"Organisations"</h2>{body}</section> }.into_any()
}

fn org_row(org: &Org, search: &str) -> Vec<AnyView> {
    let search = search.to_owned();
    let action = if org.suspended_at.is_some() {
        view! {
            <form method="post" action=routes::operator_org_action(&org.slug, "unsuspend")>
                <input type="hidden" name="q" value=search/>
                <button type="submit" class="button">"Unsuspend"</button>
            </form>
        }
        .into_any()
    } else {
        Confirm {
            id: format!("suspend-{}", org.id),
            open: "Suspend…".to_owned(),
            title: format!("Suspend {}?", org.name),
            text: "All its credentials answer ORGANISATION_SUSPENDED, its verification keys get 401 and its apps no tokens, until you unsuspend it.".to_owned(),
            action: routes::operator_org_action(&org.slug, "suspend"),
            submit: "Suspend organisation".to_owned(),
            danger: true,
        }
        .with_fields(view! { <input type="hidden" name="q" value=search/> }.into_any())
    };
    let state = if org.suspended_at.is_some() { badge(Tone::Bad, "Suspended") } else { badge(Tone::Good, "Active") };
    let href = OrgRoutes(&org.slug).overview();
    vec![
        view! { <a href=href>{org.name.clone()}</a><small>{org.slug.clone()}</small> }.into_any(),
        state,
        view! { <span class="row-actions">{action}</span> }.into_any(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_an_api_key_names_its_key() {
        let cases = [
            ("lk_live_7Gk2mPq9XzRtA1b2_abc", Some("key_7Gk2mPq9XzRtA1b2")),
            ("lk_test_7Gk2", Some("key_7Gk2")),
            ("lk_live_", None),
            ("key_7Gk2mPq9XzRtA1b2", None),
            ("acme", None),
        ];
        for (search, key) in cases {
            assert_eq!(key_of_secret(search).as_deref(), key, "{search}");
        }
    }
}
