//! `/orgs/{slug}/keys/new`: first the API, then the key. Two steps, so that the scopes are those of the API.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::keys::{GrantableApi, grantable_apis, load_operations};
use leptos::prelude::*;

use crate::components::{
    Field, FormState, OrgNav, Section, empty_state, error_summary, operation_choices, page_header,
};
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError};
use crate::routes::OrgRoutes;

/// Choices for an end; the last takes a day.
pub(super) fn ends(first: (&str, &str)) -> Vec<(String, String)> {
    let own = |(value, text): (&str, &str)| (value.to_owned(), text.to_owned());
    [
        first,
        ("7d", "In 7 days"),
        ("30d", "In 30 days"),
        ("90d", "In 90 days"),
        ("365d", "In 365 days"),
        ("date", "On a day…"),
    ]
    .map(own)
    .to_vec()
}

/// The page.
pub async fn new(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Keys).await?;
    let mut apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    let form = ctx.form().await?;
    let wanted = if form.value("api").is_empty() { ctx.query("api") } else { form.value("api") }.to_owned();
    let alone = apis.len() == 1;
    load_operations(ctx.core(), &mut apis, |api| alone || api.id.as_str() == wanted).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "Create key", move || content(&shown, &apis, &wanted, &form)))
}

/// The page's content; `wanted` is the chosen API's id.
pub fn content(nav: &OrgNav, apis: &[GrantableApi], wanted: &str, form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let chosen = match apis {
        [only] => Some(only),
        _ => apis.iter().find(|known| known.api.id.as_str() == wanted),
    };
    let body = match chosen {
        Some(api) => key_form(nav, api, apis.len() > 1, form),
        None if apis.is_empty() => {
            let action = nav.may(Action::ManageApis).then(|| ("New API", to.new_api()));
            empty_state(
                "First, an API",
                "A key is for one API, and there is none that this organisation may hold keys for.",
                action,
            )
        }
        None => choose_api(nav, apis),
    };
    view! {
        {page_header(Some(("Keys", to.keys())), "Create key", None, ().into_any())}
        {body}
    }
    .into_any()
}

fn choose_api(nav: &OrgNav, apis: &[GrantableApi]) -> AnyView {
    let form = FormState::default();
    let options: Vec<_> = apis
        .iter()
        .map(|known| {
            let whose = if known.own { "" } else { "Catalogue: " };
            (known.api.id.to_string(), format!("{whose}{}", known.api.name), known.api.audience.clone())
        })
        .collect();
    let first = apis.first().map(|known| known.api.id.to_string()).unwrap_or_default();
    view! {
        <form method="get" action=OrgRoutes(&nav.org.slug).new_key() class="form">
            {Field::new(&form, "api", "Which API is it for?").required().default(first).choices("radio", &options)}
            <div class="actions"><button type="submit" class="button primary">"Continue"</button></div>
        </form>
    }
    .into_any()
}

fn key_form(nav: &OrgNav, known: &GrantableApi, several: bool, form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let api = &known.api;
    let kinds = vec![
        (
            "api_key".to_owned(),
            "API key".to_owned(),
            "A secret that Latchkey looks up at each call. Ends at once when revoked.".to_owned(),
        ),
        (
            "jwt_key".to_owned(),
            "JWT key".to_owned(),
            "A signed token that anybody with the JWKS can check offline. Always has an end.".to_owned(),
        ),
    ];
    let environments = vec![("live".to_owned(), "Live".to_owned()), ("test".to_owned(), "Test".to_owned())];
    let change = several.then(|| view! { " "<a href=to.new_key()>"Another API"</a> });
    let fields = [
        ("name", "Name"),
        ("kind", "Kind"),
        ("scopes", "Scopes"),
        ("operations", "Operations"),
        ("environment", "Environment"),
        ("expires_at", "Ends"),
        ("owner", "Owner"),
        ("metadata", "Metadata"),
        ("labels", "Labels"),
        limits::LABELS[0],
        limits::LABELS[1],
        addresses::LABELS[0],
        addresses::LABELS[1],
    ];
    let more =
        ["owner", "metadata", "labels", limits::NAMES[0], limits::NAMES[1], addresses::NAMES[0], addresses::NAMES[1]];
    let open = more.iter().any(|name| form.error(name).is_some() || !form.value(name).is_empty());
    view! {
        {error_summary(form, &fields)}
        <form method="post" action=to.create_key() class="form">
            <input type="hidden" name="api" value=api.id.to_string()/>
            <p>"For "<b>{api.name.clone()}</b>" "<code class="quiet">{api.audience.clone()}</code>{change}</p>
            {Field::new(form, "name", "Name").required().max(100).placeholder("Checkout service").text()}
            {Field::new(form, "kind", "Kind").required().default("api_key").choices("radio", &kinds)}
            {scopes(known, form)}
            {Field::new(form, "environment", "Environment").default("live").select(environments)}
            <div class="columns">
                {Field::new(form, "expires_at", "Ends").default("never").hint("A JWT key without an end gets 90 days.").select(ends(("never", "Never")))}
                {Field::new(form, "expires_at_on", "Day").hint("For “On a day…”; to its end, UTC.").input("date")}
            </div>
            <details class="more" open=open>
                <summary>"More: owner, metadata, limits, labels, addresses"</summary>
                <div class="form-part">{own_fields(known.own, form)}{common_fields(form)}</div>
            </details>
            <div class="actions">
                <button type="submit" class="button primary">"Create key"</button>
                <a class="button" href=to.keys()>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Boxes for the scopes that the organisation may take; the others are named.
pub(super) fn scopes(known: &GrantableApi, form: &FormState) -> AnyView {
    let (takeable, others): (Vec<_>, Vec<_>) =
        known.api.scopes.iter().partition(|scope| known.scopes.contains(scope.name.as_str()));
    let others = (!others.is_empty()).then(|| {
        let names: Vec<String> = others.iter().map(|scope| scope.name.to_string()).collect();
        let text = format!(
            "By approval of the API's owner, not granted yet: {}. Ask for them in the catalogue.",
            names.join(", ")
        );
        view! { <p class="hint">{text}</p> }
    });
    let boxes = if takeable.is_empty() {
        view! { <p class="hint">"This API has no scopes that this organisation may take."</p> }.into_any()
    } else {
        let options: Vec<_> = takeable
            .iter()
            .map(|scope| (scope.name.to_string(), scope.name.to_string(), scope.description.clone()))
            .collect();
        Field::new(form, "scopes", "Scopes")
            .hint("What the key may. Fewer is safer; they can be changed later.")
            .choices("checkbox", &options)
    };
    view! { <div>{boxes}{others}</div>{operation_choices(&known.operations, "operations", form)} }.into_any()
}

/// What the API's owner says of a key.
pub(super) fn own_fields(own: bool, form: &FormState) -> Option<AnyView> {
    own.then(|| {
        view! {
            {Field::new(form, "owner", "Owner").max(100).placeholder("customer_42").hint("Your own id for whoever gets it; verification answers it.").text()}
            {Field::new(form, "metadata", "Metadata").mono().placeholder("{\"plan\": \"pro\"}").hint("A JSON object that verification answers; up to 4 KiB.").area(3)}
            {limits::fields(form)}
        }
        .into_any()
    })
}

/// What its holder says of a key.
pub(super) fn common_fields(form: &FormState) -> AnyView {
    view! {
        {Field::new(form, "labels", "Labels").mono().placeholder("{\"team\": \"payments\"}").hint("Your own notes, a JSON object; verification does not answer them.").area(2)}
        {addresses::fields(form)}
    }
    .into_any()
}
