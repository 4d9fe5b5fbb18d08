//! APIs and scopes to tick, the same in every form that grants: apps, service accounts, tokens for registration.
//!
//! A document of operations is large, so that only those of the ticked APIs are loaded; a button brings another's.

use latchkey_core::Error;
use latchkey_core::apis::Api;
use latchkey_core::apps::Exchange;
use latchkey_core::keys::{GrantableApi, grantable_apis, load_operations};
use leptos::prelude::*;

use crate::components::{FormState, operation_choices};
use crate::request::Ctx;

/// The button that comes back with more, and whose operations it brings.
const MORE: &str = "more";
/// Whose operations were brought before.
const SHOWN: &str = "operations_of";

/// What may be granted, with the operations of those APIs that stand open in the form. `alone_is_ticked`: the only one
/// there is stands open by itself.
pub(crate) async fn grantable(
    ctx: &Ctx,
    slug: &str,
    form: &FormState,
    alone_is_ticked: bool,
) -> Result<Vec<GrantableApi>, Error> {
    let mut apis = grantable_apis(ctx.core(), ctx.caller(), slug).await?;
    let is_open = alone_is_ticked && apis.len() == 1;
    let is_wanted = |api: &Api| is_open || ["api", MORE, SHOWN].iter().any(|name| form.has(name, api.id.as_str()));
    load_operations(ctx.core(), &mut apis, is_wanted).await?;
    Ok(apis)
}

/// What the Enter key presses: else it would be the first button, one that brings operations.
pub(crate) fn enter_key(submit: &str) -> AnyView {
    let submit = submit.to_owned();
    view! { <button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">{submit}</button> }
        .into_any()
}

/// Whether its operations were asked for.
fn is_shown(known: &GrantableApi, form: &FormState) -> bool {
    [MORE, SHOWN].iter().any(|name| form.has(name, known.api.id.as_str()))
}

/// The operations to tick, or the button that brings them.
fn operations(known: &GrantableApi, form: &FormState) -> AnyView {
    let id = known.api.id.to_string();
    if known.has_more_operations {
        let label = format!("Choose operations of {}", known.api.name);
        return view! {
            <div class="actions below"><button type="submit" class="button" name=MORE value=id formnovalidate aria-label=label>"Choose operations"</button></div>
        }
        .into_any();
    }
    let shown = is_shown(known, form).then(|| view! { <input type="hidden" name=SHOWN value=id/> });
    let choices = operation_choices(&known.operations, &operations_name(&known.api.id), form);
    view! { {shown}{choices} }.into_any()
}

/// The name of the boxes for an API's scopes.
pub(crate) fn scopes_name(api: &latchkey_types::ApiId) -> String {
    format!("scopes.{api}")
}

/// The name of the boxes for an API's operations.
pub(crate) fn operations_name(api: &latchkey_types::ApiId) -> String {
    format!("operations.{api}")
}

/// The name of the boxes that say how tokens may be exchanged for an API's.
pub(crate) fn exchange_name(api: &latchkey_types::ApiId) -> String {
    format!("exchange.{api}")
}

/// One API that may be granted, with its scopes, and how to exchange tokens for it.
pub(crate) fn grant(known: &GrantableApi, alone: bool, with_exchange: bool, form: &FormState) -> AnyView {
    let api = &known.api;
    let id = api.id.to_string();
    let granted = if form.values.is_empty() { alone } else { form.has("api", &id) };
    // whose operations the person asked for: there they go on
    let brought = form.has(MORE, &id);
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
    let exchange = with_exchange.then(|| exchange(known, form));
    view! {
        <details class="grant" open=granted || is_shown(known, form)>
            <summary><bdi>{api.name.clone()}</bdi><small>{api.audience.clone()}</small></summary>
            <div>
                <label class="choice"><input type="checkbox" name="api" value=id checked=granted autofocus=brought/><span class="choice-name">"Tokens for this API"</span></label>
                {boxes}
                {operations(known, form)}
                {exchange}
            </div>
        </details>
    }
    .into_any()
}

fn exchange(known: &GrantableApi, form: &FormState) -> AnyView {
    let (id, name) = (known.api.id.to_string(), exchange_name(&known.api.id));
    let typed = form.has("api", &id);
    [
        (
            Exchange::Delegation,
            "Exchange on behalf of others",
            "Swaps somebody's token for one here; act names the app.",
        ),
        (
            Exchange::Impersonation,
            "Exchange as if it were them",
            "The same, and nothing in the token names the app as actor.",
        ),
    ]
    .into_iter()
    .map(|(way, text, meaning)| {
        let checked = if typed { form.has(&name, way.as_str()) } else { way == Exchange::Delegation };
        let name = name.clone();
        view! {
            <label class="choice exchange">
                <input type="checkbox" name=name value=way.as_str() checked=checked/>
                <span><span class="choice-name">{text}</span><span class="hint">{meaning}</span></span>
            </label>
        }
    })
    .collect_view()
    .into_any()
}
