use super::super::document::MAX_DEPTH;
use super::*;

fn yaml(text: &str) -> Result<Description, DocumentError> {
    read(text.as_bytes(), DocumentFormat::Yaml)
}

fn good(text: &str) -> Description {
    yaml(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The error of a document, as `line 3: …`.
fn refused(text: &str) -> String {
    yaml(text).expect_err(text).to_string()
}

fn operations(description: &Description) -> Vec<String> {
    let needs = |operation: &Operation| operation.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
    description
        .operations
        .iter()
        .map(|operation| format!("{} {}: {}", operation.method.as_str(), operation.path, needs(operation)))
        .collect()
}

const ORDERS: &str = "\
openapi: 3.0.3
info:
  title: Orders
  version: '2'
servers:
  - url: https://orders.example/v1
security:
  - oauth: [orders:read]
  - key: []
    oauth: [admin]
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://id.example/token
          scopes:
            orders:read: Read orders
            orders:write: Write orders
            spare: Not asked for
    key: {type: apiKey, in: header, name: X-API-Key}
paths:
  /orders:
    get:
      operationId: listOrders
      summary: |
        List
        orders
      responses: {'200': {description: OK}}
    post:
      operationId: createOrder
      security: [{oauth: [orders:write]}]
      responses: {'201': {description: Made}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {$ref: '#/components/schemas/Id'}}]
    delete:
      operationId: deleteOrder
      security:
        - oauth: [orders:write, orders:delete]
        - oauth: [admin]
        - oauth: [admin, orders:write]
  /health:
    servers: [{url: /}]
    get: {security: []}
    head: {security: [{}, {oauth: [admin]}]}
";

#[test]
fn operations_and_what_they_take_come_from_the_security_requirements() {
    let description = good(ORDERS);
    assert_eq!((description.title.as_str(), description.version.as_str()), ("Orders", "2"));
    assert_eq!(
        operations(&description),
        [
            "GET /health: ",
            "HEAD /health: ",
            "GET /v1/orders: orders:read | admin",
            "POST /v1/orders: orders:write",
            "DELETE /v1/orders/{id}: admin | orders:delete orders:write",
        ]
    );
    let list = description.find("listOrders").unwrap();
    assert_eq!((list.path.as_str(), list.summary.as_str()), ("/v1/orders", "List orders"));
    assert!(description.find("nothing").is_none());
    let scopes: Vec<_> =
        description.scopes.iter().map(|scope| (scope.name.as_str(), scope.description.as_str())).collect();
    assert_eq!(
        scopes,
        [
            ("admin", ""),
            ("orders:delete", ""),
            ("orders:read", "Read orders"),
            ("orders:write", "Write orders"),
            ("spare", "Not asked for"),
        ]
    );
}

#[test]
fn json_says_the_same() {
    let text = r##"{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"$ref": "#/components/pathItems/a~1b"}},
        "components": {"pathItems": {"a/b": {"get": {"operationId": "a"}, "description": "x"}}}}"##;
    let description = read(text.as_bytes(), DocumentFormat::Json).unwrap();
    assert_eq!(operations(&description), ["GET /a: "]);
    assert_eq!(description.operations[0].id.as_deref(), Some("a"));
}

/// A document with these paths, which begin at line 3.
fn paths(text: &str) -> String {
    let schemes = "components: {securitySchemes: {o: {type: oauth2, flows: {}}}}";
    format!("openapi: 3.1.0\npaths:\n{text}\n{schemes}\n")
}

#[test]
fn references_of_paths_are_local_and_bounded() {
    let good_one = paths("  /a: {$ref: '#/paths/~1b', get: {}}\n  /b: {post: {}}");
    assert_eq!(operations(&good(&good_one)), ["GET /a: ", "POST /a: ", "POST /b: "]);
    for (text, line) in [
        ("  /a: {$ref: '#/paths/~1c'}", 3),
        ("  /a: {$ref: '#/paths/~1a'}", 3),
        ("  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}", 3),
        ("  /a: {$ref: '#/components/schemas/X'}", 3),
        ("  /b: {get: {}}\n  /a:\n    $ref: '#/paths/~1b'\n    get: {}", 3),
    ] {
        let error = yaml(&paths(text)).expect_err(text);
        assert_eq!(error.line, line, "{error}");
    }
}

#[test]
fn nothing_outside_of_the_document_is_pointed_to() {
    for text in [
        "  /a:\n    $ref: https://evil.example/x.yaml",
        "  /a:\n    $ref: './paths.yaml#/a'",
        "  /a:\n    get: {responses: {'200': {$ref: 'http://169.254.169.254/'}}}",
    ] {
        let error = refused(&paths(text));
        assert!(error.starts_with("line 4: `$ref` points to another document"), "{error}");
    }
    let data = "  /a:\n    get: {responses: {'200': {content: {a/b: {example: {$ref: 'http://x.example/'}}}}}}";
    assert!(yaml(&paths(data)).is_ok(), "an example is the API's own data");
    let member = "  /a:\n    get: {x-y: {$ref: 'http://x.example/'}, schema: {properties: {$ref: {type: string}}}}";
    assert!(yaml(&paths(member)).is_ok());
}

#[test]
fn duplicates_and_ambiguous_templates_are_refused_by_line() {
    for (text, line, reason) in [
        ("  /a: {get: {}}\n  /a: {post: {}}", 4, "`/a` stands here twice"),
        ("  /a:\n    get: {}\n    get: {}", 5, "`get` stands here twice"),
        ("  /a/{x}: {get: {}}\n  /a/{y}: {post: {}}", 4, "`/a/{y}` is the path of line 3 with other names"),
        (
            "  /a/{x}: {get: {}}\n  /a/%7By%7D: {get: {}}\n  /a/%62: {get: {}}\n  /a/b: {get: {}}",
            6,
            "the path of line 5",
        ),
        ("  /{x}/me: {get: {}}\n  /a/{y}:\n    get: {}", 5, "may mean the same request"),
        (
            "  /a: {get: {operationId: a}}\n  /b:\n    get: {operationId: a}",
            5,
            "operationId `a` stands at line 3 already",
        ),
        ("  /v1/a: {get: {}}\n  /a: {servers: [{url: /v1}], get: {}}", 4, "may mean the same request"),
    ] {
        let error = yaml(&paths(text)).expect_err(text);
        assert_eq!(error.line, line, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
    // of other methods, each request still means one operation
    assert!(yaml(&paths("  /{x}/me: {get: {}}\n  /a/{y}: {post: {}}")).is_ok());
}

#[test]
fn what_is_broken_is_named_by_line_and_reason() {
    for (text, line, reason) in [
        ("[]", 1, "a mapping"),
        ("info: {}", 1, "`openapi` is missing"),
        ("swagger: '2.0'", 1, "Swagger"),
        ("openapi: 4.0.0", 1, "only OpenAPI 3.0 and 3.1"),
        ("openapi: '3.10'", 1, "only OpenAPI 3.0 and 3.1"),
        ("openapi: 3.0.0\npaths: []", 2, "must be a mapping"),
        ("openapi: 3.0.0\nsecurity: [{nope: []}]", 2, "isn't one of `components.securitySchemes`"),
        ("openapi: 3.0.0\nservers: [{url: v1}]", 2, "absolute"),
        ("openapi: 3.0.0\npaths:\n  a: {}", 3, "starts with `/`"),
        ("openapi: 3.0.0\npaths:\n  /a?x: {}", 3, "`?`"),
        ("openapi: 3.0.0\npaths:\n  /a:\n    GET: {}", 4, "neither a method"),
        ("openapi: 3.0.0\npaths:\n  /a:\n    get:", 4, "empty"),
        ("openapi: 3.0.0\npaths:\n  /a:\n    get: []", 4, "must be a mapping"),
        ("openapi: 3.0.0\npaths:\n  /a:\n    get:\n      operationId: ''", 5, "operationId"),
        ("openapi: 3.0.0\npaths:\n  /a:\n    get:\n      security: {}", 5, "must be a list"),
        ("openapi: 3.0.0\ncomponents: {securitySchemes: {o: {}}}\nsecurity:\n  - o: ['a b']", 4, "is no scope"),
        (
            "openapi: 3.0.0\ncomponents:\n  securitySchemes:\n    o: {$ref: '#/components/securitySchemes/o'}",
            4,
            "lead to each other",
        ),
        ("openapi: 3.0.0\npaths:\n  /a: {get: {}\n", 4, "isn't YAML"),
    ] {
        let error = yaml(text).expect_err(text);
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.reason.contains(reason), "{text}: {error}");
    }
}

#[test]
fn each_base_path_has_its_operations() {
    let text = "openapi: 3.1.0\nservers: [{url: 'https://a.example/v1'}, {url: 'https://a.example/v2/'}]\npaths:\n  /a:\n    get: {operationId: a}\n  /b: {servers: [{url: /}], get: {}}";
    assert_eq!(operations(&good(text)), ["GET /b: ", "GET /v1/a: ", "GET /v2/a: "]);
}

#[test]
fn empty_documents_have_no_operations() {
    for text in [
        "openapi: 3.1.0",
        "openapi: 3.1.0\npaths:",
        "openapi: 3.0.0\npaths: {}",
        "openapi: 3.1.0\nwebhooks: {x: {get: {}}}",
    ] {
        assert!(good(text).operations.is_empty());
    }
}

// F-24
#[test]
fn numbers_of_things_are_bounded() {
    let many: Vec<String> = (0..=MAX_OPERATIONS).map(|number| format!("  /a{number}: {{get: {{}}}}\n")).collect();
    assert!(refused(&paths(&many.concat())).contains("more than 10000 operations"));
    let alternatives = vec!["{o: [a]}"; 33].join(", ");
    assert!(refused(&paths(&format!("  /a:\n    get: {{security: [{alternatives}]}}"))).contains("alternatives"));
    let scopes: Vec<String> = (0..600).map(|number| number.to_string()).collect();
    assert!(
        refused(&paths(&format!("  /a:\n    get: {{security: [{{o: [{}]}}]}}", scopes.join(", ")))).contains("512")
    );
    let deep = format!("  /a:\n    get: {{x: {}{}}}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert!(refused(&paths(&deep)).contains("deep"));
}

#[test]
fn needless_alternatives_are_left_out() {
    let set = |text: &str| ScopeSet::from_parameter(text).unwrap();
    assert_eq!(simplest(vec![]), []);
    assert_eq!(simplest(vec![set("a b"), set("")]), []);
    assert_eq!(
        simplest(vec![set("a b"), set("c"), set("b c"), set("c"), set("a d")]),
        [set("c"), set("a b"), set("a d")]
    );
}

#[test]
fn texts_are_short_and_on_one_line() {
    assert_eq!(text::short(" a\n\tb\u{1b}c  ", 10), "a b c");
    assert_eq!(text::short(&"x".repeat(20), 10), format!("{}…", "x".repeat(9)));
}

// F-24: a document of a few hundred KiB isn't minutes of work
#[test]
fn paths_that_lie_across_each_other_are_bounded() {
    let paths = |literal: usize, across: usize| {
        let (same, any) = ("/b".repeat(60), "/{x}".repeat(61));
        let mut text = String::from("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n");
        for number in 0..literal {
            text.push_str(&format!("  /a{number}{same}/end: {{get: {{}}}}\n"));
        }
        for number in 0..across {
            text.push_str(&format!("  {any}/other{number}: {{get: {{}}}}\n"));
        }
        yaml(&text)
    };
    assert_eq!(paths(200, 100).map(|known| known.operations.len()), Ok(300));
    let refused = paths(3_000, 1_000).unwrap_err();
    assert!(refused.reason.starts_with("too many of these paths"), "{refused}");
    assert!(refused.line > 3_000, "{refused}");
}
