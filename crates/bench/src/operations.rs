//! Operations: how long it takes to find one among thousands, and what a verification with one costs beside one without.

use std::hint::black_box;
use std::time::Instant;

use latchkey_core::apis::operations::{Lookup, Matcher, Method, Operation};
use latchkey_types::ScopeSet;
use serde_json::{Value, json};

use crate::compare::ROUNDS;
use crate::load::{Figures, Request, Supply, run};
use crate::program::{Program, Scene};

const OPERATIONS: usize = 5_000;
const LOOKUPS: u32 = 200_000;

/// Prints all of it.
pub fn measure(program: &Program, scene: &Scene) {
    matching();
    verifying(program, scene);
}

/// 1 250 resources of four operations each, 5 segments deep.
fn paths() -> impl Iterator<Item = (usize, String)> {
    (0..OPERATIONS / 4).map(|number| (number, format!("/v1/tenants/{{tenant}}/resource{number}")))
}

/// Lookups in a table of [`OPERATIONS`], in this process.
fn matching() {
    let operation = |method, path: String| Operation {
        id: None,
        method,
        path,
        summary: String::new(),
        needs: vec![ScopeSet::from_parameter("orders:read").expect("a scope")],
    };
    let operations: Vec<Operation> = paths()
        .flat_map(|(_, path)| {
            let one = format!("{path}/{{id}}");
            [
                operation(Method::Get, path.clone()),
                operation(Method::Post, path),
                operation(Method::Get, one.clone()),
                operation(Method::Delete, one),
            ]
        })
        .collect();
    let start = Instant::now();
    let matcher = Matcher::new(operations);
    println!("{:<28} {:>8.3} ms", "table of 5 000 operations", start.elapsed().as_secs_f64() * 1e3);
    for (name, path) in [
        ("finding an operation", "/v1/tenants/acme/resource777/42"),
        ("finding no operation", "/v1/tenants/acme/nothing/42"),
        ("refusing an odd path", "/v1/tenants/acme/resource777/../42"),
    ] {
        let start = Instant::now();
        for _ in 0..LOOKUPS {
            let found = matcher.find(black_box("GET"), black_box(path));
            assert_eq!(matches!(found, Lookup::Known(_)), name == "finding an operation");
            black_box(found);
        }
        println!("{name:<28} {:>8.3} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(LOOKUPS));
    }
}

/// Verification with an operation of a document of [`OPERATIONS`] beside the same without, in turns.
fn verifying(program: &Program, scene: &Scene) {
    program.set_operations(scene, &document());
    let ask = |more: Value| {
        let mut question = json!({ "credential": scene.key, "scopes": ["orders:read"] });
        question.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let authorization = format!("Bearer {}", scene.verification_key);
        Request::post(program.port, "/v1/verify", &[("authorization", &authorization)], question.to_string().as_bytes())
    };
    let without = ask(json!({}));
    let with = ask(json!({ "operation": { "method": "GET", "path": "/v1/tenants/acme/resource777/42" } }));
    let (mut plain, mut matched) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        plain.add(run(Supply::Again(&without), crate::compare::CONNECTIONS, crate::compare::ROUND));
        matched.add(run(Supply::Again(&with), crate::compare::CONNECTIONS, crate::compare::ROUND));
    }
    for (name, figures) in [("verify without operation", &plain), ("verify with operation", &matched)] {
        println!("{name:<28} {:>8.0} requests/s", figures.median_rate());
    }
    println!("{:<28} {:>8.2}", "with to without", matched.median_rate() / plain.median_rate());
}

fn document() -> Value {
    let security = json!([{ "oauth": ["orders:read"] }]);
    let described = json!({ "security": security });
    let paths: serde_json::Map<String, Value> = paths()
        .flat_map(|(_, path)| {
            [
                (path.clone(), json!({ "get": described, "post": described })),
                (format!("{path}/{{id}}"), json!({ "get": described, "delete": described })),
            ]
        })
        .collect();
    json!({ "openapi": "3.1.0", "paths": paths, "components": { "securitySchemes": { "oauth": { "type": "oauth2" } } } })
}
