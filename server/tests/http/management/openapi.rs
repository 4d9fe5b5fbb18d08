//! `GET /api/openapi.json`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::app::TestApp;
use crate::world::{self, request};

async fn document() -> (TestApp, Value) {
    let app = world::app().await;
    let answer = world::send(&app, request("GET", "/api/openapi.json", "", &Value::Null)).await.expect(200);
    let document = answer.json();
    (app, document)
}

// API9: what is described is what is mounted
#[tokio::test]
async fn it_lists_exactly_the_routes() {
    let (app, document) = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let mounted: BTreeSet<String> = app
        .routes
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, mounted);
    assert!(described.len() > 50);
}

#[tokio::test]
async fn every_operation_has_an_id_of_its_own_and_a_summary() {
    let (_app, document) = document().await;
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let mut ids = BTreeSet::new();
    for operation in operations {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{id}");
        assert!(operation["responses"]["401"].is_object(), "{id}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let (_app, document) = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/Problem"));
    for reference in found {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

/// `LATCHKEY_WRITE_OPENAPI=1 cargo nextest run -p latchkey the_committed_copy_is_the_same` writes it anew.
#[tokio::test]
async fn the_committed_copy_is_the_same() {
    let (_app, document) = document().await;
    let generated = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    if std::env::var_os("LATCHKEY_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "docs/openapi.json is old; write it anew with LATCHKEY_WRITE_OPENAPI=1");
}
