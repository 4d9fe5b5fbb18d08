//! Operations of an API: how they are shown, and chosen.

use latchkey_core::apis::operations::{GrantableOperation, GrantedOperations, Operation};
use latchkey_types::ScopeSet;
use leptos::prelude::*;

use super::{FormState, escape_text, scope_list};

/// More than these are typed, not ticked.
const MOST_BOXES: usize = 40;

/// How an operation is called, and its `operationId` below.
pub fn operation_name(operation: &Operation) -> AnyView {
    let request = format!("{} {}", operation.method.as_str(), operation.path);
    let id = operation.id.clone().map(|id| view! { <small>{id}</small> });
    view! { <code>{request}</code>{id} }.into_any()
}

/// What an operation takes: alternatives with "or" between them.
pub fn needed_scopes(needs: &[ScopeSet]) -> AnyView {
    if needs.is_empty() {
        return view! { <span class="quiet">"No scope"</span> }.into_any();
    }
    let alternatives = needs.iter().enumerate().map(|(position, needed)| {
        let or = (position > 0).then(|| view! { <span class="quiet">" or "</span> });
        view! { {or}{scope_list(needed)} }
    });
    view! { <span>{alternatives.collect_view()}</span> }.into_any()
}

/// The values that a form of these granted scopes has: the operations, and the scopes beside them.
pub fn stored_grant<'a>(
    scopes: &'a ScopeSet,
    operations: Option<&'a GrantedOperations>,
) -> (Vec<String>, &'a ScopeSet) {
    match operations {
        Some(granted) => (granted.names.clone(), &granted.beside),
        None => (Vec::new(), scopes),
    }
}

/// Boxes for the operations that may be granted, or a field to type them where there are many; nothing where the API has
/// none. `name` is that of the form's field.
pub fn operation_choices(operations: &[GrantableOperation], name: &str, form: &FormState) -> Option<AnyView> {
    if operations.is_empty() {
        return None;
    }
    let typed: Vec<&str> = form.all(name).flat_map(|value| value.split('\n')).map(str::trim).collect();
    let id = form.id(name);
    let error = form.error(name).map(|error| view! { <p class="error">{error}</p> });
    let choices = if operations.len() > MOST_BOXES {
        // Leptos doesn't escape a textarea's children; browsers drop one line feed at its start
        let content = format!("\n{}", escape_text(&typed.join("\n")));
        let name = name.to_owned();
        view! {
            <label for=id.clone()>"operationIds, one a line"</label>
            <textarea id=id.clone() name=name class="mono" rows="4" spellcheck="false" placeholder="listOrders">{content}</textarea>
        }
        .into_any()
    } else {
        let boxes = operations.iter().map(|operation| choice(operation, name, &typed)).collect_view();
        view! { <div class="choices">{boxes}</div> }.into_any()
    };
    Some(
        view! {
            <fieldset class="field">
                <legend>"Operations"<span class="quiet">" (optional)"</span></legend>
                <p class="hint">"Grants the scopes that these operations take, as the API's OpenAPI document says, now and whenever it changes."</p>
                {error}
                {choices}
            </fieldset>
        }
        .into_any(),
    )
}

fn choice(operation: &GrantableOperation, name: &str, typed: &[&str]) -> AnyView {
    let checked = typed.contains(&operation.id.as_str());
    let scopes = if operation.scopes.is_empty() { "no scope".to_owned() } else { operation.scopes.to_string() };
    let summary = (!operation.summary.is_empty()).then(|| format!("{}. ", operation.summary));
    let (name, value) = (name.to_owned(), operation.id.clone());
    let meaning = format!("{}Takes {scopes}.", summary.unwrap_or_default());
    view! {
        <label class="choice">
            <input type="checkbox" name=name value=value.clone() checked=checked/>
            <span><span class="choice-name">{value}" "<code>{operation.request.clone()}</code></span><span class="hint">{meaning}</span></span>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    fn operation(number: usize) -> GrantableOperation {
        GrantableOperation {
            id: format!("op{number}</textarea><script>"),
            request: format!("GET /{number}"),
            summary: String::new(),
            scopes: ScopeSet::default(),
        }
    }

    // F-27
    #[test]
    fn few_are_ticked_and_many_are_typed() {
        let form = FormState::typed(vec![("operations".to_owned(), "op1</textarea><script>".to_owned())]);
        for (count, boxes) in [(0, 0), (2, 2), (MOST_BOXES, MOST_BOXES), (MOST_BOXES + 1, 0)] {
            let operations: Vec<_> = (0..count).map(operation).collect();
            let html = render(|| operation_choices(&operations, "operations", &form).into_any());
            assert_eq!(html.matches("type=\"checkbox\"").count(), boxes);
            assert_eq!(html.matches(" checked").count(), usize::from(boxes > 0), "{html}");
            assert_eq!(html.contains("<textarea"), count > MOST_BOXES);
            assert!(!html.contains("<script"), "{html}");
        }
    }
}
