use latchkey_types::ScopeSet;
use proptest::prelude::*;

use super::*;

fn operation(method: Method, path: &str) -> Operation {
    Operation {
        id: None,
        method,
        path: path.to_owned(),
        summary: String::new(),
        needs: vec![ScopeSet::from_parameter("x").unwrap()],
    }
}

fn table(operations: &[(&str, &str)]) -> Vec<Operation> {
    operations.iter().map(|(method, path)| operation(Method::from_word(method).unwrap(), path)).collect()
}

/// The template of the operation, `unknown` or `ambiguous`.
fn find(operations: &[Operation], method: &str, path: &str) -> String {
    match Matcher::new(operations.to_vec()).find(method, path) {
        Lookup::Known(operation) => operation.path.clone(),
        Lookup::Unknown => "unknown".to_owned(),
        Lookup::Ambiguous => "ambiguous".to_owned(),
    }
}

#[test]
fn the_most_specific_template_is_the_operation() {
    let operations = table(&[
        ("GET", "/"),
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/orders/{id}"),
        ("DELETE", "/orders/{id}"),
        ("GET", "/orders/summary"),
        ("POST", "/orders/{id}:cancel"),
        ("GET", "/orders/{id}/items/{item}"),
        ("GET", "/{tenant}/orders/latest"),
    ]);
    for (method, path, expected) in [
        ("GET", "/", "/"),
        ("GET", "/orders?limit=1", "/orders"),
        ("GET", "/orders/42", "/orders/{id}"),
        ("GET", "/orders/summary", "/orders/summary"),
        ("DELETE", "/orders/summary", "/orders/{id}"),
        ("POST", "/orders/42:cancel", "/orders/{id}:cancel"),
        ("POST", "/orders/:cancel", "unknown"),
        ("GET", "/orders/42/items/7", "/orders/{id}/items/{item}"),
        ("GET", "/orders/orders/latest", "/{tenant}/orders/latest"),
        ("GET", "/orders/%34%32", "/orders/{id}"),
        ("GET", "/%6Frders/42", "/orders/{id}"),
        ("HEAD", "/orders/42", "/orders/{id}"),
        ("PUT", "/orders/42", "unknown"),
        ("OPTIONS", "/orders", "unknown"),
        ("PROPFIND", "/orders", "unknown"),
        ("GET", "/customers", "unknown"),
        ("GET", "/orders/42/items", "unknown"),
    ] {
        assert_eq!(find(&operations, method, path), expected, "{method} {path}");
    }
}

#[test]
fn a_head_that_is_described_is_itself() {
    let operations = table(&[("GET", "/a/{x}"), ("HEAD", "/a/{y}"), ("GET", "/a/b")]);
    assert_eq!(find(&operations, "HEAD", "/a/1"), "/a/{y}");
    assert_eq!(find(&operations, "HEAD", "/a/b"), "/a/b");
}

// issue 4: odd paths can't change the operation
#[test]
fn what_a_careless_server_takes_for_another_operation_is_ambiguous() {
    let operations = table(&[
        ("GET", "/orders"),
        ("DELETE", "/orders/{id}"),
        ("GET", "/users/{name}"),
        ("GET", "/users/me"),
        ("GET", "/reports/{id}"),
        ("GET", "/reports/all.csv"),
        ("GET", "/slash/"),
        ("GET", "/v1.2"),
    ]);
    for (method, path) in [
        ("GET", "/Orders"),
        ("GET", "/orders/"),
        ("GET", "/orders.json"),
        ("GET", "/orders."),
        ("GET", "/orders%20"),
        ("get", "/orders"),
        ("Delete", "/orders/42"),
        ("DELETE", "/ORDERS/42"),
        ("DELETE", "/orders/42/"),
        ("DELETE", "/orders//42"),
        ("DELETE", "/orders/./42"),
        ("DELETE", "/x/../orders/42"),
        ("DELETE", "/x/%2e%2e/orders/42"),
        ("DELETE", "/orders;x/42"),
        ("DELETE", "/orders%2f42"),
        ("GET", "/users/ME"),
        ("GET", "/users/me."),
        ("GET", "/users/me.json"),
        ("GET", "/slash"),
        ("GET", "/V1.2"),
        ("GET", "/order%C5%BF"),
        ("GET", "/ORDER%C5%BF/"),
        ("DELETE", "/order%C5%BF/42"),
    ] {
        assert_eq!(find(&operations, method, path), "ambiguous", "{method} {path}");
    }
    for (path, expected) in [
        ("/users/mel", "/users/{name}"),
        ("/users/M.E", "/users/{name}"),
        ("/reports/1.csv", "/reports/{id}"),
        ("/reports/all.csv", "/reports/all.csv"),
        ("/reports/...", "/reports/{id}"),
        ("/slash/", "/slash/"),
        ("/v1.2", "/v1.2"),
        ("/v1", "unknown"),
    ] {
        assert_eq!(find(&operations, "GET", path), expected, "{path}");
    }
}

#[test]
fn a_document_that_tells_letter_case_apart_is_believed() {
    let operations = table(&[("GET", "/Orders"), ("GET", "/orders"), ("GET", "/a"), ("GET", "/a/")]);
    for path in ["/Orders", "/orders", "/a", "/a/"] {
        assert_eq!(find(&operations, "GET", path), path);
    }
    assert_eq!(find(&operations, "GET", "/ORDERS"), "ambiguous");
}

/// The operation by looking at each template, the most specific one first.
fn model(operations: &[Operation], method: Method, segments: &[String]) -> Option<usize> {
    let rank = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Mixed(_) => 1,
        Segment::Parameter => 2,
    };
    operations
        .iter()
        .enumerate()
        .filter(|(_, operation)| operation.method == method)
        .filter_map(|(number, operation)| Some((number, Template::read(&operation.path).ok()?)))
        .filter(|(_, template)| {
            template.segments.len() == segments.len()
                && template.segments.iter().zip(segments).all(|(known, segment)| known.takes(segment))
        })
        .min_by_key(|(_, template)| template.segments.iter().map(rank).collect::<Vec<_>>())
        .map(|(number, _)| number)
}

fn segment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "ab", "{x}", "a{x}", "{x}b"])
}

proptest! {
    #[test]
    fn the_trie_finds_what_looking_at_each_template_finds(
        templates in prop::collection::vec((prop::sample::select(vec![Method::Get, Method::Post]),
            prop::collection::vec(segment(), 0..4)), 0..30),
        path in prop::collection::vec("[ab]{1,3}", 0..4),
    ) {
        let mut operations: Vec<Operation> = Vec::new();
        for (method, segments) in templates {
            let new = operation(method, &format!("/{}", segments.join("/")));
            let read = Template::read(&new.path).unwrap();
            let is_ambiguous = |known: &Operation| {
                known.method == method && Template::read(&known.path).unwrap().is_ambiguous_with(&read)
            };
            // as documents are refused that have them
            if !operations.iter().any(is_ambiguous) {
                operations.push(new);
            }
        }
        let matcher = Matcher::new(operations.clone());
        for method in [Method::Get, Method::Post] {
            let expected = model(&operations, method, &path).map(|number| &operations[number]);
            let found = match matcher.find(method.as_str(), &format!("/{}", path.join("/"))) {
                Lookup::Known(operation) => Some(operation),
                Lookup::Unknown => None,
                Lookup::Ambiguous => return Err(TestCaseError::fail("nothing odd stands in these")),
            };
            prop_assert_eq!(found, expected, "{:?} {:?}", path, operations);
        }
    }

    // of two ways to write a path that a server may take for the same, never two are different operations
    #[test]
    fn odd_ways_to_write_a_path_never_are_another_operation(
        oddity in 0_usize..9, at in 0_usize..3, capital: bool,
    ) {
        let operations = table(&[
            ("GET", "/a/b/c"), ("GET", "/a/b/{x}"), ("GET", "/a/{x}/c"), ("GET", "/{x}/b"), ("GET", "/a/b"), ("GET", "/a"),
        ]);
        let mut segments = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let clean = format!("/{}", segments.join("/"));
        let text = &mut segments[at];
        match oddity {
            0 => text.push(';'),
            1 => text.insert_str(0, "./"),
            2 => text.insert_str(0, "x/../"),
            3 => text.insert_str(0, "%2e/"),
            4 => text.push('/'),
            5 => *text = text.to_uppercase(),
            6 => text.push_str("%2F"),
            7 => text.push('.'),
            _ => text.push_str("%5c"),
        }
        if capital {
            segments[0] = segments[0].to_uppercase();
        }
        let odd = format!("/{}", segments.join("/"));
        let found = find(&operations, "GET", &odd);
        prop_assert!(found == "ambiguous" || found == find(&operations, "GET", &clean), "{} is {}", odd, found);
    }

    #[test]
    fn nothing_panics(method in ".{0,8}", path in ".{0,60}") {
        let operations = table(&[("GET", "/a/{x}.json/{y}"), ("GET", "/a/")]);
        let _ = Matcher::new(operations).find(&method, &path);
    }
}
