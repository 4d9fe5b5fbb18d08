//! Pages about operations.

use latchkey_core::apis::Visibility;
use latchkey_core::apis::operations::{
    Description, LiveCredential, Method, NewlyRefused, Operation, OperationDiff, OperationTable, RefusedOperation,
    UnknownOperation,
};
use latchkey_types::{CredentialKind, ScopeSet};

use super::rendered::in_org;
use super::samples::{HOSTILE, ago, api, id, now, scopes};
use crate::components::{FormState, Section};
use crate::pages::apis::operations::{Operations, content, review_content};

fn operation(id: &str, method: Method, path: &str, needs: Vec<ScopeSet>) -> Operation {
    Operation { id: Some(id.to_owned()), method, path: path.to_owned(), summary: HOSTILE.to_owned(), needs }
}

fn table() -> OperationTable {
    let operations = vec![
        operation(
            "listOrders",
            Method::Get,
            "/v1/orders",
            vec![scopes("orders:read"), scopes("orders:write refunds:<b>")],
        ),
        operation(HOSTILE, Method::Post, "/v1/<b>/{id}", vec![scopes("refunds:<b>")]),
        operation("health", Method::Get, "/health", Vec::new()),
    ];
    OperationTable {
        description: Description {
            title: HOSTILE.to_owned(),
            version: "1.2".to_owned(),
            operations,
            scopes: Vec::new(),
        },
        digest: "0123456789abcdef".repeat(4),
        uploaded_at: ago(60),
        uploaded_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
    }
}

/// An API's operations, with calls that its document doesn't have.
pub(super) fn operations() -> Operations {
    let unknown = |path: &str, ambiguous, count| UnknownOperation {
        method: "GET".to_owned(),
        path: path.to_owned(),
        ambiguous,
        count,
        last_seen_at: ago(5),
    };
    Operations {
        table: Some(table()),
        unknown: vec![unknown("/v1/<b>/{}", false, 12), unknown(HOSTILE, true, 3)],
        now: now(),
    }
}

fn diff() -> OperationDiff {
    let OperationTable { description, .. } = table();
    let [one, two, three] = description.operations.try_into().expect("three");
    let credential = LiveCredential {
        id: "key_7Gk2mPq9XzRtA101".to_owned(),
        kind: CredentialKind::ApiKey,
        name: HOSTILE.to_owned(),
        org: id(1),
        org_slug: "acme".to_owned(),
        scopes: scopes("orders:read"),
        operations: None,
        approved: ScopeSet::default(),
    };
    let refused = |operation: &Operation, missing: &str| RefusedOperation {
        operation: operation.clone(),
        missing: scopes(missing),
    };
    let operations = vec![refused(&two, "refunds:<b>"), refused(&three, "")];
    OperationDiff {
        added: vec![two.clone()],
        removed: vec![three],
        changed: vec![(Operation { needs: Vec::new(), ..one.clone() }, one)],
        unchanged: 7,
        scopes_added: api(1, "Orders", Visibility::Public).scopes,
        scopes_no_longer_named: vec!["refunds:<b>".parse().expect("a scope")],
        newly_refused: vec![NewlyRefused { credential, operations, count: 5 }],
        newly_refused_count: 3,
    }
}

pub(super) fn operation_pages() -> Vec<(&'static str, String)> {
    let of = || api(1, HOSTILE, Visibility::Public);
    let none = Operations { table: None, unknown: Vec::new(), now: now() };
    let refused = FormState::default().with_error("document", HOSTILE);
    vec![
        ("operations", in_org(Section::Apis, None, move |nav| content(nav, &of(), &operations(), &refused))),
        ("operations-none", in_org(Section::Apis, None, move |nav| content(nav, &of(), &none, &FormState::default()))),
        (
            "operations-review",
            in_org(Section::Apis, None, move |nav| {
                review_content(nav, &of(), Some(&(table(), diff())), &FormState::default())
            }),
        ),
        (
            "operations-review-none",
            in_org(Section::Apis, None, move |nav| review_content(nav, &of(), None, &FormState::default())),
        ),
    ]
}
