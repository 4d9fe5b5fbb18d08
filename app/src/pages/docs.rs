//! `/docs/api`: the management API's reference, rendered from its own `OpenAPI` document. Loads nothing from elsewhere.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use serde_json::Value;

use crate::components::{Section, bare_layout, page_header, plain_layout};
use crate::context::{PortalState, Visitor};
use crate::routes;
use crate::shell::Document;

/// The methods that have operations, in the order shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page; also for people who aren't signed in.
pub async fn show(State(state): State<PortalState>, Extension(visitor): Extension<Visitor>) -> Response {
    let (person, openapi, url) = (visitor.signed_in.clone(), state.openapi.clone(), state.public_url().to_owned());
    Document::new("API reference", move || match person {
        Some(person) => plain_layout(&person, Section::Docs, None, content(&openapi, &url)),
        None => bare_layout(view! { <div class="wide">{content(&openapi, &url)}</div> }.into_any()),
    })
    .respond(&state, &visitor)
}

/// One operation of the document.
struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    tag: &'a str,
    body: &'a Value,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A heading from a tag: `management keys` becomes `Management keys`.
fn title(tag: &str) -> String {
    let mut letters = tag.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A path that may go on in the next line after each slash.
fn path_view(path: &str) -> AnyView {
    let parts = path.split_inclusive('/').map(|part| view! { {part.to_owned()}<wbr/> });
    parts.collect_view().into_any()
}

/// Text whose words in backticks are code.
fn prose(text: &str) -> AnyView {
    let part = |(position, part): (usize, &str)| {
        let part = part.to_owned();
        if position % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    };
    text.split('`').enumerate().map(part).collect_view().into_any()
}

fn operations(openapi: &Value) -> Vec<Operation<'_>> {
    let paths = openapi.get("paths").and_then(Value::as_object).map_or_else(Vec::new, |paths| paths.iter().collect());
    paths
        .into_iter()
        .flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let body = item.get(method)?;
                let tag = body.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str).unwrap_or("other");
                Some(Operation { method, path, tag, body })
            })
        })
        .collect()
}

/// Follows a local `$ref` (`#/components/schemas/Key`).
fn resolve<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => openapi.pointer(pointer).unwrap_or(value),
        None => value,
    }
}

/// A schema in a few words: `string`, `array of Key`, `integer or null`.
fn type_words(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for (name, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema.get(name).and_then(Value::as_array) {
            return parts.iter().map(type_words).collect::<Vec<_>>().join(joint);
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words
            .iter()
            .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" | ");
    }
    let name = |kind: &str| match kind {
        "array" => format!("array of {}", schema.get("items").map_or_else(|| "values".to_owned(), type_words)),
        other => other.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(kind)) => name(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(" or "),
        _ => "value".to_owned(),
    }
}

/// Rows of a table: name, type, what it is.
fn member_rows(openapi: &Value, schema: &Value) -> Vec<(String, String, String)> {
    let schema = resolve(openapi, schema);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut rows = Vec::new();
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        rows.extend(parts.iter().flat_map(|part| member_rows(openapi, part)));
    }
    if let Some(members) = schema.get("properties").and_then(Value::as_object) {
        rows.extend(members.iter().map(|(name, member)| {
            let mark = if required.contains(&name.as_str()) { ", required" } else { "" };
            (name.clone(), format!("{}{mark}", type_words(member)), text(member, "description").to_owned())
        }));
    }
    rows
}

fn rows_view(caption: &'static str, rows: Vec<(String, String, String)>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let rows = rows
        .into_iter()
        .map(|(name, kind, what)| view! { <tr><th scope="row"><code>{name}</code></th><td>{kind}</td><td class="wrap">{prose(&what)}</td></tr> })
        .collect_view();
    Some(
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label=caption>
                <table>
                    <caption class="visually-hidden">{caption}</caption>
                    <thead><tr><th scope="col">{caption}</th><th scope="col">"Type"</th><th scope="col">"What it is"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

fn operation_view(openapi: &Value, operation: &Operation<'_>) -> AnyView {
    let Operation { method, path, body, .. } = operation;
    let summary = text(body, "summary").to_owned();
    let description = Some(text(body, "description").to_owned()).filter(|text| !text.is_empty() && *text != summary);
    let parameters = body
        .get("parameters")
        .and_then(Value::as_array)
        .map(|parameters| {
            parameters
                .iter()
                .map(|parameter| resolve(openapi, parameter))
                .map(|parameter| {
                    let kind = parameter.get("schema").map(type_words).unwrap_or_default();
                    (
                        text(parameter, "name").to_owned(),
                        format!("{kind}, {}", text(parameter, "in")),
                        text(parameter, "description").to_owned(),
                    )
                })
                .collect()
        })
        .unwrap_or_default();
    let members = body
        .get("requestBody")
        .map(|request| resolve(openapi, request))
        .and_then(|request| request.pointer("/content/application~1json/schema"))
        .map(|schema| member_rows(openapi, schema))
        .unwrap_or_default();
    let responses = body
        .get("responses")
        .and_then(Value::as_object)
        .map(|responses| {
            responses
                .iter()
                .map(|(status, response)| {
                    let response = resolve(openapi, response);
                    let schema =
                        response.get("content").and_then(Value::as_object).and_then(|content| content.values().next());
                    let kind =
                        schema.and_then(|media| media.get("schema")).map_or_else(|| "empty".to_owned(), type_words);
                    (status.clone(), kind, text(response, "description").to_owned())
                })
                .collect()
        })
        .unwrap_or_default();
    let class = format!("method {method}");
    view! {
        <details class="operation">
            <summary><b class=class>{method.to_uppercase()}</b><code>{path_view(path)}</code><span>{prose(&summary)}</span></summary>
            <div>
                {description.map(|text| view! { <p>{prose(&text)}</p> })}
                {rows_view("Parameter", parameters)}
                {rows_view("Member of the body", members)}
                {rows_view("Answer", responses)}
            </div>
        </details>
    }
    .into_any()
}

fn schema_view(openapi: &Value, name: &str, schema: &Value) -> AnyView {
    let id = format!("schema-{name}");
    let description = Some(text(schema, "description").to_owned()).filter(|text| !text.is_empty());
    let words = schema.get("properties").is_none().then(|| view! { <p><code>{type_words(schema)}</code></p> });
    view! {
        <details class="operation" id=id>
            <summary><code>{name.to_owned()}</code></summary>
            <div>{description.map(|text| view! { <p>{prose(&text)}</p> })}{words}{rows_view("Member", member_rows(openapi, schema))}</div>
        </details>
    }
    .into_any()
}

/// The page's content.
pub fn content(openapi: &Value, public_url: &str) -> AnyView {
    let all = operations(openapi);
    let mut tags: Vec<&str> = Vec::new();
    for operation in &all {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    let links = tags
        .iter()
        .map(|tag| {
            let (href, tag) = (format!("#{tag}"), title(tag));
            view! { <li><a href=href>{tag}</a></li> }
        })
        .collect_view();
    let sections = tags
        .iter()
        .map(|tag| {
            let operations = all
                .iter()
                .filter(|operation| operation.tag == *tag)
                .map(|operation| operation_view(openapi, operation))
                .collect_view();
            let (id, title) = ((*tag).to_owned(), title(tag));
            view! { <section class="section" id=id><h2>{title}</h2>{operations}</section> }
        })
        .collect_view();
    let schemas = openapi.pointer("/components/schemas").and_then(Value::as_object).map(|schemas| {
        let items = schemas.iter().map(|(name, schema)| schema_view(openapi, name, schema)).collect_view();
        view! { <section class="section" id="schemas"><h2>"Schemas"</h2>{items}</section> }
    });
    let example = format!("curl {public_url}/api/v1/whoami -H \"Authorization: Bearer $LATCHKEY_MANAGEMENT_KEY\"");
    let document = view! { <a class="button" href=routes::OPENAPI>"OpenAPI document"</a> };
    view! {
        {page_header(None, "API reference", Some("Everything that the pages do, for programs."), document.into_any())}
        {crate::components::code_block("example", example)}
        <div class="docs">
            <nav aria-label="Sections"><ul>{links}<li><a href="#schemas">"Schemas"</a></li></ul></nav>
            <div>{sections}{schemas}</div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_members_and_references_are_shown_inert() {
        let document = json!({
            "paths": { "/api/v1/orgs/{slug}/keys": { "post": {
                "tags": ["keys"], "summary": "Make a key <script>",
                "parameters": [{ "name": "slug", "in": "path", "schema": { "type": "string" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewKey" } } } },
                "responses": { "201": { "description": "Made" } }
            } } },
            "components": { "schemas": { "NewKey": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "description": "What people call it" },
                "scopes": { "type": ["array", "null"], "items": { "type": "string" } }
            } } } }
        });
        let html = crate::shell::render(move || content(&document, "https://keys.example"));
        assert!(html.replace("<wbr>", "").contains("/api/v1/orgs/{slug}/keys"), "{html}");
        assert!(html.contains("string, required") && html.contains("array of string or null"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
