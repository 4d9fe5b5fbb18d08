//! `/orgs/{slug}/apis/new` and `/orgs/{slug}/apis/{id}/edit`: one form.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apis::{self, Api};
use latchkey_core::signing::SigningAlg;
use leptos::prelude::*;

use crate::components::{Field, FormState, Section, error_summary, page_header};
use crate::pages::limits;
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// Empty rows for scopes below the filled ones.
const SPARE_ROWS: usize = 3;

/// The form for a new API.
pub async fn new(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
    let form = ctx.form().await?;
    Ok(ctx.org_page(nav, "New API", move || content(&slug, None, &form)))
}

/// The form that changes an API.
pub async fn edit(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
    let api = apis::get(ctx.core(), ctx.caller(), &slug, &id(&api)?).await?;
    let mut form = ctx.form().await?;
    if form.values.is_empty() {
        form.values = stored(&api);
    }
    let title = format!("Edit {}", api.name);
    Ok(ctx.org_page(nav, &title, move || content(&slug, Some(&api), &form)))
}

/// An API as the form would send it.
fn stored(api: &Api) -> Vec<(String, String)> {
    let mut values = vec![
        ("name".to_owned(), api.name.clone()),
        ("visibility".to_owned(), api.visibility.as_str().to_owned()),
        ("token_ttl_seconds".to_owned(), api.token_ttl_seconds.to_string()),
        ("signing_alg".to_owned(), api.signing_alg.as_str().to_owned()),
        ("token_format".to_owned(), api.token_format.as_str().to_owned()),
        ("two_token".to_owned(), api.two_token.as_str().to_owned()),
        ("principals".to_owned(), api.principals.as_str().to_owned()),
        ("unknown_operations".to_owned(), api.unknown_operations.as_str().to_owned()),
    ];
    values.push(limits::stored_plans(&api.plans));
    for scope in &api.scopes {
        values.push(("scope_name".to_owned(), scope.name.to_string()));
        values.push(("scope_description".to_owned(), scope.description.clone()));
        values.push(("scope_grant".to_owned(), scope.grant.as_str().to_owned()));
    }
    values
}

pub(crate) fn content(slug: &str, api: Option<&Api>, form: &FormState) -> AnyView {
    let to = OrgRoutes(slug);
    let (title, action, back, parent) = match api {
        None => ("New API".to_owned(), to.create_api(), to.apis(), "APIs".to_owned()),
        Some(api) => {
            (format!("Edit {}", api.name), to.api_action(&api.id, "update"), to.api(&api.id), api.name.clone())
        }
    };
    let submit = if api.is_some() { "Save changes" } else { "Create API" };
    let audience = match api {
        None => Field::new(form, "audience", "Audience")
            .required()
            .max(500)
            .mono()
            .placeholder("https://orders.example")
            .hint("The API's identifier, an absolute URI; it stands as aud in every token and can't be changed later.")
            .text(),
        Some(api) => view! {
            <div class="field"><p class="hint">"Audience"</p><code>{api.audience.clone()}</code></div>
        }
        .into_any(),
    };
    let visibility = vec![
        ("private".to_owned(), "Private".to_owned(), "Only this organisation holds credentials for it.".to_owned()),
        (
            "public".to_owned(),
            "Public".to_owned(),
            "Stands in the catalogue; any organisation may hold credentials for it.".to_owned(),
        ),
    ];
    let fields = [
        ("name", "Name"),
        ("audience", "Audience"),
        ("visibility", "Visibility"),
        ("scopes", "Scopes"),
        ("token_ttl_seconds", "Life of access tokens"),
        ("token_format", "How access tokens look"),
        ("signing_alg", "Signed with"),
        ("two_token", "Calls with two tokens"),
        ("principals", "Who may call"),
        ("unknown_operations", "Unknown operations"),
        ("plans", "Plans"),
    ];
    view! {
        {page_header(Some((&parent, back.clone())), &title, None, ().into_any())}
        {error_summary(form, &fields)}
        <form method="post" action=action class="form wide">
            // what the Enter key presses: else it would be the first button, the one for more rows
            <button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">{submit}</button>
            <div class="form">
                {Field::new(form, "name", "Name").required().max(100).placeholder("Orders").text()}
                {audience}
                {Field::new(form, "visibility", "Visibility").required().default("private").choices("radio", &visibility)}
                {Field::new(form, "token_ttl_seconds", "Life of access tokens, in seconds").required().default("300")
                    .hint("60 to 3600. Short lives keep a stolen token from being useful for long.").input("number")}
                {token_fields(form)}
            </div>
            {scopes(form)}
            {limits::plan_field(form)}
            <div class="actions">
                <button type="submit" class="button primary">{submit}</button>
                <a class="button" href=back>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn token_fields(form: &FormState) -> AnyView {
    let formats = [
        ("jwt", "Signed JWTs (RFC 9068)", "The API can check them by itself, or ask us."),
        ("opaque", "Opaque", "They say nothing to whoever finds one; the API asks us about each."),
    ]
    .map(|(value, text, meaning)| (value.to_owned(), text.to_owned(), meaning.to_owned()));
    let algorithms = SigningAlg::ALL
        .into_iter()
        .map(|alg| {
            let meaning = match alg {
                SigningAlg::EdDsa => "EdDSA (Ed25519): short and fast, unless the API's library doesn't know it",
                SigningAlg::Es256 => "ES256 (P-256)",
                SigningAlg::Rs256 => "RS256 (RSA): what every library knows",
            };
            (alg.as_str().to_owned(), meaning.to_owned())
        })
        .collect();
    view! {
        {Field::new(form, "token_format", "How access tokens look").required().default("jwt").choices("radio", &formats)}
        {Field::new(form, "signing_alg", "Signed with").default(SigningAlg::default().as_str())
            .hint("Also what signs the JWT that introspection and forward-auth answer for an opaque token.").select(algorithms)}
        {principals(form)}
        {two_token(form)}
        {unknown_operations(form)}
    }
    .into_any()
}

fn principals(form: &FormState) -> AnyView {
    let choices = [
        ("both", "Programs, for themselves and for people", "Keys, and tokens with and without a person behind them."),
        ("service", "Programs for themselves alone", "Tokens that stand for a person are refused."),
        ("user", "Programs for people alone", "Keys, and tokens of programs for themselves, are refused."),
    ]
    .map(|(value, text, meaning)| (value.to_owned(), text.to_owned(), meaning.to_owned()));
    Field::new(form, "principals", "Who may call").required().default("both").choices("radio", &choices)
}

fn unknown_operations(form: &FormState) -> AnyView {
    let choices = [
        ("lenient", "Allowed, and counted", "Calls that the API's OpenAPI document doesn't have need no scope."),
        (
            "strict",
            "Refused",
            "Only what the document has can be called, where verification is asked with the operation.",
        ),
    ]
    .map(|(value, text, meaning)| (value.to_owned(), text.to_owned(), meaning.to_owned()));
    Field::new(form, "unknown_operations", "Unknown operations")
        .required()
        .default("lenient")
        .choices("radio", &choices)
}

fn two_token(form: &FormState) -> AnyView {
    let ways = [
        (
            "either",
            "A scope in one of them is enough",
            "It is looked for in the caller's own token first, then in the original user's.",
        ),
        ("both", "A scope must be in both", "A call that comes with one token alone then holds no scope."),
    ]
    .map(|(value, text, meaning)| (value.to_owned(), text.to_owned(), meaning.to_owned()));
    Field::new(form, "two_token", "Calls with two tokens").required().default("either").choices("radio", &ways)
}

fn scopes(form: &FormState) -> AnyView {
    let names: Vec<&str> = form.all("scope_name").collect();
    let descriptions: Vec<&str> = form.all("scope_description").collect();
    let grants: Vec<&str> = form.all("scope_grant").collect();
    let spare = names.iter().rev().take_while(|name| name.is_empty()).count();
    let rows = names.len() + SPARE_ROWS.saturating_sub(spare);
    let rows = (0..rows)
        .map(|row| {
            let text = |values: &[&str]| values.get(row).copied().unwrap_or_default().to_owned();
            let (name, description, approval) = (text(&names), text(&descriptions), text(&grants) == "approval");
            let number = row + 1;
            let row_id = if row == 0 { "scopes".to_owned() } else { format!("scopes-{row}") };
            view! {
                <div class="scope-row" role="group" aria-label=format!("Scope {number}")>
                    <input type="text" class="mono" id=row_id name="scope_name" value=name maxlength="128" placeholder="orders:read" aria-label=format!("Name of scope {number}") autocomplete="off"/>
                    <input type="text" name="scope_description" value=description maxlength="1000" placeholder="What it allows" aria-label=format!("Description of scope {number}") autocomplete="off"/>
                    <select name="scope_grant" aria-label=format!("How others come by scope {number}")>
                        <option value="self" selected=!approval>"Self-service"</option>
                        <option value="approval" selected=approval>"By approval"</option>
                    </select>
                </div>
            }
        })
        .collect_view();
    let error = form.error("scopes").map(|error| view! { <p class="error" id="scopes-error">{error}</p> });
    view! {
        <fieldset class="field">
            <legend>"Scopes"</legend>
            <p class="hint">"Name, what it allows, and whether other organisations take it themselves or ask for it. Rows left empty don't count."</p>
            {error}
            <div class="scope-rows">{rows}</div>
            <div class="actions below"><button type="submit" class="button" name="more" value="1" formnovalidate>"Add rows"</button></div>
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    // F-27
    #[test]
    fn typed_scopes_come_back_inert_and_with_spare_rows() {
        let mut form = FormState::default();
        for value in ["a", "\"><script>"] {
            form.values.push(("scope_name".to_owned(), value.to_owned()));
            form.values.push(("scope_description".to_owned(), value.to_owned()));
            form.values.push(("scope_grant".to_owned(), "approval".to_owned()));
        }
        let html = render(|| content("acme", None, &form));
        assert_eq!(html.matches("name=\"scope_name\"").count(), 2 + SPARE_ROWS);
        assert_eq!(html.matches("value=\"approval\" selected").count(), 2, "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
