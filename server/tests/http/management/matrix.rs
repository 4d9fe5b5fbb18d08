//! Who may do what, over the whole table of routes.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_core::audit::{self, AuditOutcome, AuditQuery};
use latchkey_core::ports::Page;
use latchkey_types::Role;
use serde_json::Value;

use super::described::Described;
use super::routes::{Row, Whose, path, table};
use crate::world::{self, Answer, COMMAND_LINE, World};

/// Everything that was ever changed: each change writes an audit row and moves the change log on, or one of them.
async fn changes(world: &World) -> (usize, i64) {
    let mut done = 0;
    let mut page = Page { limit: 200, cursor: None };
    loop {
        let listed = audit::list_all(&world.core, &COMMAND_LINE, AuditQuery::default(), &page).await.unwrap();
        done += listed.items.iter().filter(|entry| entry.outcome == AuditOutcome::Done).count();
        match listed.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return (done, world.core.store.revision().await.unwrap()),
        }
    }
}

async fn call(world: &World, row: &Row, path: &str, key: &str) -> Answer {
    let body = row.body.to_string().replace("{client}", &world.client);
    world.call(row.method, path, key, &body.parse().unwrap()).await
}

// API9, F-14: a route that nobody thought about fails here
#[tokio::test]
async fn every_route_is_in_the_table() {
    let app = world::app().await;
    let mounted: BTreeSet<(String, String)> = app
        .routes
        .iter()
        .filter_map(|route| Some((route.method.clone(), route.path.strip_prefix("/api/v1")?.to_owned())))
        .collect();
    let rows: BTreeSet<(String, String)> =
        table().iter().map(|row| (row.method.to_owned(), row.template.to_owned())).collect();
    assert_eq!(mounted, rows);
}

// F-14, API1: anonymous, revoked, another organisation's owner; and nothing changes
#[tokio::test]
async fn strangers_get_nowhere() {
    let world = World::new().await;
    let mut paths = Vec::new();
    for row in table() {
        paths.push((path(&world, &row).await, row));
    }
    let missing = world.get("/api/v1/orgs/nobody", &world.foreign).await.expect(404);
    let before = changes(&world).await;
    for (path, row) in &paths {
        let name = format!("{} {}", row.method, row.template);
        let anonymous = call(&world, row, path, "").await;
        assert_eq!(
            (anonymous.status, anonymous.header("www-authenticate")),
            (401, "Bearer realm=\"latchkey\""),
            "{name}"
        );
        let revoked = call(&world, row, path, &world.revoked).await;
        assert_eq!(
            (revoked.status, revoked.header("www-authenticate")),
            (401, "Bearer error=\"invalid_token\""),
            "{name}"
        );

        let foreign = call(&world, row, path, &world.foreign).await;
        let expected = match row.whose {
            Whose::Org(_) | Whose::Operator => 404,
            Whose::OperatorTold => 403,
            Whose::Anyone => row.status,
        };
        assert_eq!(foreign.status, expected, "{name}");
        if expected == 404 {
            assert_eq!(foreign.body, missing.body, "{name}: the same as missing");
        }
    }
    assert_eq!(changes(&world).await, before);
}

// F-14, API1: another organisation's ids under one's own slug
#[tokio::test]
async fn foreign_ids_are_missing_under_ones_own_slug() {
    let world = World::new().await;
    let before = changes(&world).await;
    for row in table() {
        let names_something = row.template.contains("}/") && row.template.matches('{').count() > 1;
        if !names_something || !matches!(row.whose, Whose::Org(_)) {
            continue;
        }
        let path = path(&world, &row).await.replace("/orgs/acme/", "/orgs/globex/");
        let answer = call(&world, &row, &path, &world.foreign).await;
        assert_eq!(answer.status, 404, "{} {}: {answer:?}", row.method, row.template);
    }
    assert_eq!(changes(&world).await, before);
}

// API5: role by route. Below the least role 403 and a row in the audit log; with it the good call is good. API9: all that
// is answered is described.
#[tokio::test]
async fn roles_hold_for_apis_and_their_consumers() {
    roles_hold(|template| template.contains("/apis")).await;
}

#[tokio::test]
async fn roles_hold_for_credentials() {
    roles_hold(|template| is_of_credentials(template) && !template.contains("/apis")).await;
}

#[tokio::test]
async fn roles_hold_for_all_else() {
    roles_hold(|template| !is_of_credentials(template) && !template.contains("/apis")).await;
}

fn is_of_credentials(template: &str) -> bool {
    ["/keys", "/apps", "/service-accounts", "-tokens"].into_iter().any(|part| template.contains(part))
}

async fn roles_hold(is_meant: impl Fn(&str) -> bool) {
    let first = World::new().await;
    let described = Described::new(&first).await;
    for row in table().into_iter().filter(|row| is_meant(row.template)) {
        let name = format!("{} {}", row.method, row.template);
        let world = World::new().await;
        prepare(&world, &row).await;
        let path = path(&world, &row).await;
        let before = changes(&world).await;
        let (least, key) = match row.whose {
            Whose::Org(least) => (least, world.key_of(least)),
            Whose::Anyone => (Role::Viewer, world.key_of(Role::Viewer)),
            Whose::Operator | Whose::OperatorTold => (Role::Viewer, world.operator.as_str()),
        };
        for role in Role::ALL.into_iter().filter(|role| *role < least) {
            let answer = call(&world, &row, &path, world.key_of(role)).await;
            assert_eq!(answer.status, 403, "{name} as {role}: {answer:?}");
            described.check(&row, &answer);
        }
        described.check(&row, &call(&world, &row, &path, "").await);
        if let (Whose::Org(least), false) = (row.whose, row.template.contains("/members/")) {
            assert_eq!(described.role(&row), Some(least.as_str()), "{name}");
            described.check(&row, &call(&world, &row, &path, &world.foreign).await);
        }
        assert_eq!(changes(&world).await, before, "{name}");
        let answer = call(&world, &row, &path, key).await;
        assert_eq!(answer.status, row.status, "{name} as {least}: {answer:?}");
        described.check(&row, &answer);
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        if row.method == "GET" {
            assert_eq!(changes(&world).await, before, "{name}");
        }
    }
}

async fn prepare(world: &World, row: &Row) {
    match (row.method, row.template) {
        ("POST", "/orgs/{slug}/access-requests") => {
            let body = serde_json::json!({
                "name": "Files", "audience": "https://files.example", "visibility": "public",
                "scopes": [{ "name": "files:all", "grant": "approval" }],
            });
            world.post("/api/v1/orgs/globex/apis", &world.foreign, &body).await.expect(201);
        }
        ("POST", "/operator/signing-keys/rotate") => world.wait(24 * 3_600).await,
        _ => {}
    }
}

// ASVS 14.2.1, B1, B2: a key counts in its header alone, and once
#[tokio::test]
async fn keys_count_in_one_header_alone() {
    let world = World::new().await;
    let by_query = format!("/api/v1/whoami?access_token={}", world.owner());
    assert_eq!(world.get(&by_query, "").await.status, 401);
    let mut twice = world::request("GET", "/api/v1/whoami", world.owner(), &Value::Null);
    let same = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", same);
    assert_eq!(world.send(twice).await.status, 400);
    for key in ["lk_manage_x", world.verification_key.as_str(), world.key_secret.as_str(), "\"", "a b"] {
        assert_eq!(world.get("/api/v1/whoami", key).await.status, 401, "{key}");
    }
}

// contract section 8: who may not call hears that before what is wrong with the body, and it is noted (F-39)
#[tokio::test]
async fn the_role_is_judged_before_the_body() {
    let world = World::new().await;
    for row in table() {
        let Whose::Org(least) = row.whose else { continue };
        let path = path(&world, &row).await;
        if row.body.is_null() {
            continue;
        }
        let name = format!("{} {}", row.method, row.template);
        let nonsense = serde_json::json!({ "nonsense": 1 });
        let foreign = world.call(row.method, &path, &world.foreign, &nonsense).await;
        assert_eq!(foreign.status, 404, "{name}");
        // what a member's role is decides who may touch them: known to the use case alone
        if least > Role::Viewer && !row.template.contains("/members/") {
            let below = Role::ALL.into_iter().rev().find(|role| *role < least).unwrap();
            assert_eq!(world.call(row.method, &path, world.key_of(below), &nonsense).await.status, 403, "{name}");
        }
        assert_eq!(world.call(row.method, &path, world.owner(), &nonsense).await.status, 422, "{name}");
    }
    let denied = AuditQuery { action: Some("key.create".to_owned()), ..AuditQuery::default() };
    let page = Page { limit: 9, cursor: None };
    let rows = audit::list_all(&world.core, &COMMAND_LINE, denied, &page).await.unwrap().items;
    assert!(rows.iter().any(|row| row.outcome == AuditOutcome::Denied), "{rows:?}");
}

// RFC 9110 sections 9.3.2 and 15.5.6
#[tokio::test]
async fn other_methods_are_405_with_what_is_allowed() {
    let world = World::new().await;
    let mut methods: BTreeMap<&str, (String, BTreeSet<&str>)> = BTreeMap::new();
    for row in table() {
        let path = path(&world, &row).await;
        methods.entry(row.template).or_insert((path, BTreeSet::new())).1.insert(row.method);
    }
    for (path, known) in methods.into_values() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if known.contains(method) || path.contains("/openapi") {
                continue;
            }
            let answer = world.call(method, &path, &world.operator, &Value::Null).await;
            // a path with an id where another has a word is both
            if answer.status != 405 {
                assert!(matches!(answer.status, 404 | 422), "{method} {path}: {answer:?}");
                continue;
            }
            assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
            let allowed: BTreeSet<&str> = answer.header("allow").split(',').map(str::trim).collect();
            assert!(known.is_subset(&allowed), "{method} {path}: {allowed:?}");
            assert_eq!(allowed.contains("HEAD"), known.contains("GET"), "{method} {path}");
        }
        if known.contains("GET") {
            let key = if path.starts_with("/api/v1/operator") { &world.operator } else { world.owner() };
            let head = world.call("HEAD", &path, key, &Value::Null).await.expect(200);
            assert!(head.body.is_empty() && head.header("content-type").starts_with("application/"), "{path}");
        }
    }
}
