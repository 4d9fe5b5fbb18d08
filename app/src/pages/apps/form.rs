//! `/orgs/{slug}/apps/new`, and the fields that the edit form shares.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::keys::{GrantableApi, grantable_apis};
use leptos::prelude::*;

use crate::components::{Field, FormState, OrgNav, Section, empty_state, error_summary, page_header};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// The page.
pub async fn new(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Apps).await?;
    let apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    let form = ctx.form().await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "New app", move || content(&shown, &apis, &form)))
}

/// The page's content.
pub fn content(nav: &OrgNav, apis: &[GrantableApi], form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let body = if apis.is_empty() {
        let action = nav.may(Action::ManageApis).then(|| ("New API", to.new_api()));
        empty_state(
            "First, an API",
            "An app gets tokens for APIs, and there is none that this organisation may hold credentials for.",
            action,
        )
    } else {
        view! {
            <form method="post" action=to.create_app() class="form">
                {fields(apis, form)}
                <div class="actions">
                    <button type="submit" class="button primary">"Create app"</button>
                    <a class="button" href=to.apps()>"Cancel"</a>
                </div>
            </form>
        }
        .into_any()
    };
    view! {
        {page_header(Some(("Apps", to.apps())), "New app", Some("A client id and a secret that a program swaps for access tokens."), ().into_any())}
        {error_summary(form, &[("name", "Name"), ("auth_method", "Client authentication"), ("grants", "Grants")])}
        {body}
    }
    .into_any()
}

/// Name, authentication and grants.
pub(super) fn fields(apis: &[GrantableApi], form: &FormState) -> AnyView {
    let methods = vec![
        (
            "client_secret_basic".to_owned(),
            "client_secret_basic".to_owned(),
            "HTTP Basic, what most libraries do by themselves.".to_owned(),
        ),
        (
            "client_secret_post".to_owned(),
            "client_secret_post".to_owned(),
            "In the body, for libraries that can't do Basic.".to_owned(),
        ),
    ];
    let error = form.error("grants").map(|error| view! { <p class="error" id=form.id("grants-error")>{error}</p> });
    let alone = apis.len() == 1;
    let grants = apis.iter().map(|known| grant(known, alone, form)).collect_view();
    view! {
        {Field::new(form, "name", "Name").required().max(100).placeholder("Nightly import").text()}
        <fieldset class="field">
            <legend id=form.id("grants")>"What it may ask for"</legend>
            <p class="hint">"Tick the APIs, and the scopes at each. A token is for one of them."</p>
            {error}
            {grants}
        </fieldset>
        {Field::new(form, "auth_method", "Client authentication").required().default("client_secret_basic").choices("radio", &methods)}
    }
    .into_any()
}

/// The name of the boxes for an API's scopes.
pub(crate) fn scopes_name(api: &latchkey_types::ApiId) -> String {
    format!("scopes.{api}")
}

fn grant(known: &GrantableApi, alone: bool, form: &FormState) -> AnyView {
    let api = &known.api;
    let id = api.id.to_string();
    let granted = if form.values.is_empty() { alone } else { form.has("api", &id) };
    let name = scopes_name(&api.id);
    let boxes = api
        .scopes
        .iter()
        .filter(|scope| known.scopes.contains(scope.name.as_str()))
        .map(|scope| {
            let checked = form.has(&name, scope.name.as_str());
            let (name, value, text, meaning) =
                (name.clone(), scope.name.to_string(), scope.name.to_string(), scope.description.clone());
            view! {
                <label class="choice">
                    <input type="checkbox" name=name value=value checked=checked/>
                    <span><span class="choice-name">{text}</span><span class="hint">{meaning}</span></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="grant" open=granted>
            <summary><bdi>{api.name.clone()}</bdi><small>{api.audience.clone()}</small></summary>
            <div>
                <label class="choice"><input type="checkbox" name="api" value=id checked=granted/><span class="choice-name">"Tokens for this API"</span></label>
                {boxes}
            </div>
        </details>
    }
    .into_any()
}
