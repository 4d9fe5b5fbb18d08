use latchkey_types::ApiId;

use super::super::document::DocumentFormat;
use super::super::reader::read;
use super::*;
use crate::apis::{Principals, TokenFormat, TwoToken};
use crate::signing::SigningAlg;
use crate::tiers::SecurityTier;

const OWNER: &str = "org_0000000000000001";
const OTHER: &str = "org_0000000000000002";

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::from_parameter(text).unwrap()
}

fn api(unknown_operations: UnknownOperations, of_api: &str) -> Api {
    let scope =
        |name: &Scope| ApiScope { name: name.clone(), description: String::new(), grant: ScopeGrant::SelfService };
    Api {
        id: "api_0000000000000001".parse::<ApiId>().unwrap(),
        org: OWNER.parse().unwrap(),
        name: "Orders".to_owned(),
        audience: "https://orders.example".to_owned(),
        visibility: Visibility::Private,
        scopes: scopes(of_api).iter().map(scope).collect(),
        token_ttl_seconds: 300,
        signing_alg: SigningAlg::EdDsa,
        token_format: TokenFormat::Jwt,
        call_paths: None,
        plans: Vec::new(),
        principals: Principals::default(),
        owner_tier: SecurityTier::default(),
        two_token: TwoToken::Either,
        unknown_operations,
        created_at: latchkey_types::Timestamp::from_seconds(0),
    }
}

/// `GET /a: x y` is an operation that takes `x` and `y`; its id is the path without the slash.
fn document(operations: &[&str]) -> Description {
    let mut last = "";
    let paths: Vec<String> = operations
        .iter()
        .map(|line| {
            let (request, scopes) = line.split_once(": ").unwrap();
            let (method, path) = request.split_once(' ').unwrap();
            let (method, id, scopes) = (method.to_lowercase(), path.trim_start_matches('/'), scopes.replace(' ', ", "));
            let head = if path == last { String::new() } else { format!("  {path}:\n") };
            let suffix = if method == "get" { "" } else { method.as_str() };
            last = path;
            format!("{head}    {method}: {{operationId: '{id}{suffix}', security: [{{o: [{scopes}]}}]}}\n")
        })
        .collect();
    let text =
        format!("openapi: 3.1.0\ncomponents: {{securitySchemes: {{o: {{type: oauth2}}}}}}\npaths:\n{}", paths.concat());
    read(text.as_bytes(), DocumentFormat::Yaml).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn credential(id: &str, org: &str, scopes_held: &str) -> LiveCredential {
    LiveCredential {
        id: id.to_owned(),
        kind: CredentialKind::ApiKey,
        name: id.to_owned(),
        org: org.parse().unwrap(),
        org_slug: "acme".to_owned(),
        scopes: scopes(scopes_held),
        operations: None,
        approved: ScopeSet::default(),
    }
}

fn refused(diff: &OperationDiff) -> Vec<(String, Vec<(String, String)>)> {
    let operation = |refused: &RefusedOperation| (refused.operation.path.clone(), refused.missing.to_string());
    diff.newly_refused
        .iter()
        .map(|one| (one.credential.id.clone(), one.operations.iter().map(operation).collect()))
        .collect()
}

fn one(id: &str, operations: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    (id.to_owned(), operations.iter().map(|(path, missing)| ((*path).to_owned(), (*missing).to_owned())).collect())
}

#[test]
fn operations_are_added_removed_changed_or_stay() {
    let before = document(&["GET /a/{x}: r", "GET /b: r", "GET /c: r", "POST /c: w"]);
    let after = document(&["GET /a/{y}: r", "GET /b: r w", "POST /c: w", "GET /d: r"]);
    let api = api(UnknownOperations::Lenient, "r w");
    let diff = Change { api: &api, before: Some(&before), after: &after }.diff(&[]);
    let paths = |operations: &[Operation]| operations.iter().map(|known| known.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&diff.added), ["/d"]);
    assert_eq!(paths(&diff.removed), ["/c"]);
    // the first has another operationId here, as its path's parameter has another name
    assert_eq!(diff.changed.iter().map(|(_, after)| after.path.as_str()).collect::<Vec<_>>(), ["/a/{y}", "/b"]);
    assert_eq!(diff.unchanged, 1);
    let same = Change { api: &api, before: Some(&after), after: &after }.diff(&[]);
    assert!(same.is_empty() && same.unchanged == 4);
}

#[test]
fn who_lacks_a_new_scope_is_newly_refused() {
    let before = document(&["GET /a: r", "GET /b: r"]);
    let after = document(&["GET /a: r", "GET /b: r w"]);
    let credentials =
        [credential("key_1", OWNER, "r"), credential("key_2", OWNER, "r w"), credential("key_3", OWNER, "")];
    let api = api(UnknownOperations::Lenient, "r w");
    let diff = Change { api: &api, before: Some(&before), after: &after }.diff(&credentials);
    assert_eq!(refused(&diff), [one("key_1", &[("/b", "w")])], "who was refused before isn't newly refused");
    assert_eq!(diff.newly_refused_count, 1);
}

#[test]
fn the_first_document_refuses_who_lacks_what_it_asks_for() {
    let after = document(&["GET /a: r"]);
    let credentials = [credential("key_1", OWNER, ""), credential("key_2", OWNER, "r")];
    let lenient = api(UnknownOperations::Lenient, "r");
    let diff = Change { api: &lenient, before: None, after: &after }.diff(&credentials);
    assert_eq!(refused(&diff), [one("key_1", &[("/a", "r")])]);
    // a strict API refused all of it before
    let strict = api(UnknownOperations::Strict, "r");
    assert_eq!(refused(&Change { api: &strict, before: None, after: &after }.diff(&credentials)), []);
}

#[test]
fn what_a_strict_api_knows_no_more_is_refused() {
    let (before, after) = (document(&["GET /a: r", "GET /b: r"]), document(&["GET /a: r"]));
    let credentials = [credential("key_1", OWNER, "r")];
    let strict = api(UnknownOperations::Strict, "r");
    let diff = Change { api: &strict, before: Some(&before), after: &after }.diff(&credentials);
    assert_eq!(refused(&diff), [one("key_1", &[("/b", "")])]);
    let lenient = api(UnknownOperations::Lenient, "r");
    assert_eq!(refused(&Change { api: &lenient, before: Some(&before), after: &after }.diff(&credentials)), []);
}

#[test]
fn a_more_specific_path_takes_calls_from_the_one_before() {
    let before = document(&["GET /a/{x}: r"]);
    let after = document(&["GET /a/{x}: r", "GET /a/all: admin"]);
    let credentials = [credential("key_1", OWNER, "r")];
    for choice in UnknownOperations::ALL {
        let api = api(choice, "r admin");
        let diff = Change { api: &api, before: Some(&before), after: &after }.diff(&credentials);
        assert_eq!(refused(&diff), [one("key_1", &[("/a/all", "admin")])], "{choice:?}");
    }
    // and gives them back
    let api = api(UnknownOperations::Strict, "r admin");
    let admin = [credential("key_2", OWNER, "admin")];
    let diff = Change { api: &api, before: Some(&after), after: &before }.diff(&admin);
    assert_eq!(refused(&diff), [one("key_2", &[("/a/all", "r")])]);
}

#[test]
fn granted_operations_follow_the_document() {
    let before = document(&["GET /a: r", "GET /b: r"]);
    let after = document(&["GET /a: r w", "GET /c: r"]);
    let granted = GrantedOperations { names: vec!["a".to_owned(), "b".to_owned()], beside: ScopeSet::default() };
    assert_eq!(granted.scopes(Some(&before)).to_string(), "r");
    assert_eq!(granted.scopes(Some(&after)).to_string(), "r w");
    assert_eq!(granted.scopes(None).to_string(), "");
    let credential = LiveCredential { operations: Some(granted), ..credential("key_1", OWNER, "r") };
    let api = api(UnknownOperations::Lenient, "r w");
    let diff = Change { api: &api, before: Some(&before), after: &after }.diff(&[credential]);
    assert_eq!(refused(&diff), []);
    assert!(diff.scopes_added.is_empty());
}

#[test]
fn scopes_that_are_not_open_to_the_holder_do_not_count() {
    let (before, after) = (document(&["GET /a: r"]), document(&["GET /a: w"]));
    let mut api = Api { visibility: Visibility::Public, ..api(UnknownOperations::Lenient, "r w") };
    api.scopes
        .iter_mut()
        .filter(|scope| scope.name.as_str() == "w")
        .for_each(|scope| scope.grant = ScopeGrant::Approval);
    let approved = LiveCredential { approved: scopes("w"), ..credential("key_2", OTHER, "r w") };
    let diff =
        Change { api: &api, before: Some(&before), after: &after }.diff(&[credential("key_1", OTHER, "r w"), approved]);
    assert_eq!(refused(&diff), [one("key_1", &[("/a", "w")])]);
}

#[test]
fn scopes_of_a_public_api_that_a_document_brings_wait_for_approval() {
    let (before, after) = (document(&["GET /a: r", "GET /b: gone"]), document(&["GET /a: r new"]));
    let private = api(UnknownOperations::Lenient, "r gone own");
    let public = Api { visibility: Visibility::Public, ..private.clone() };
    for (api, grant) in [(private, ScopeGrant::SelfService), (public, ScopeGrant::Approval)] {
        let diff = Change { api: &api, before: Some(&before), after: &after }.diff(&[]);
        assert_eq!(
            diff.scopes_added.iter().map(|scope| (scope.name.as_str(), scope.grant)).collect::<Vec<_>>(),
            [("new", grant)]
        );
        assert_eq!(diff.scopes_no_longer_named.iter().map(Scope::as_str).collect::<Vec<_>>(), ["gone"]);
        let names: Vec<_> = with_new_scopes(&api, &after).iter().map(|scope| scope.name.to_string()).collect();
        assert_eq!(names, ["gone", "new", "own", "r"]);
    }
}

#[test]
fn what_is_listed_is_bounded_and_all_is_counted() {
    let operations: Vec<String> = (0..100).map(|number| format!("GET /a{number}: r")).collect();
    let after = document(&operations.iter().map(String::as_str).collect::<Vec<_>>());
    let credentials: Vec<_> = (0..300).map(|number| credential(&format!("key_{number}"), OWNER, "")).collect();
    let api = api(UnknownOperations::Lenient, "r");
    let diff = Change { api: &api, before: None, after: &after }.diff(&credentials);
    assert_eq!((diff.newly_refused.len(), diff.newly_refused_count), (MAX_LISTED_CREDENTIALS, 300));
    assert!(diff.newly_refused.iter().all(|one| one.operations.len() == MAX_LISTED_OPERATIONS && one.count == 100));
}
