//! Which of our packages may depend on which (docs/architecture.md), held against what cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The arrows that are allowed, for what is shipped; tests and benchmarks may reach further.
const ALLOWED: &[(&str, &[&str])] = &[
    ("latchkey-types", &[]),
    ("latchkey-wire", &[]),
    ("latchkey-bench", &["latchkey-core", "latchkey-types"]),
    ("latchkey-fuzz", &["latchkey-core", "latchkey-jose", "latchkey-types", "latchkey-wire"]),
    ("latchkey-jose", &["latchkey-types"]),
    ("latchkey-core", &["latchkey-jose", "latchkey-types"]),
    ("latchkey-store", &["latchkey-core", "latchkey-types"]),
    ("latchkey-dev-idp", &["latchkey-jose", "latchkey-types"]),
    ("latchkey-app", &["latchkey-core", "latchkey-types"]),
    (
        "latchkey",
        &[
            "latchkey-app",
            "latchkey-core",
            "latchkey-dev-idp",
            "latchkey-jose",
            "latchkey-store",
            "latchkey-types",
            "latchkey-wire",
        ],
    ),
];

/// What a package must not know of: the core no HTTP, HTML or SQL, the vocabulary nothing that the browser can't have.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("latchkey-types", &["tokio", "axum", "sqlx", "rand"]),
    ("latchkey-jose", &["tokio", "axum", "leptos", "sqlx", "rand"]),
    ("latchkey-wire", &["tokio", "axum", "http", "hyper"]),
    ("latchkey-core", &["axum", "http", "hyper", "leptos", "sqlx", "rand"]),
    ("latchkey-store", &["axum", "leptos"]),
    ("latchkey-app", &["sqlx"]),
];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    serde_json::from_value(metadata["packages"].take()).expect("packages")
}

/// Each package's dependencies, without those of tests and benchmarks.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    packages()
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies");
            let shipped = all.iter().filter(|dependency| dependency["kind"] != "dev");
            (text(&package["name"]), shipped.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn packages_depend_on_each_other_in_the_allowed_directions_alone() {
    let dependencies = dependencies();
    let ours: BTreeSet<&String> = dependencies.keys().collect();
    let known: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(ours, known.iter().collect(), "a package that stands in no rule");
    for (name, allowed) in ALLOWED {
        for dependency in dependencies[*name].iter().filter(|dependency| ours.contains(dependency)) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn no_package_knows_what_is_not_its_business() {
    let dependencies = dependencies();
    for (name, forbidden) in FORBIDDEN {
        for dependency in *forbidden {
            assert!(!dependencies[*name].contains(*dependency), "{name} must not depend on {dependency}");
        }
    }
}
