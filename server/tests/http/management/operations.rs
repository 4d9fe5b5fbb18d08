//! `/api/v1/orgs/{slug}/apis/{id}/openapi`, and operations at verify and on grants.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::world::new_bodies::{new_app, new_key};
use crate::world::{Answer, World, send};

const YAML: &str = "
openapi: 3.1.0
info: {title: Orders, version: '1'}
servers: [{url: 'https://orders.example/v1'}]
components: {securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: {scopes: {'orders:cancel': Cancel}}}}}}
security: [{oauth: ['orders:read']}]
paths:
  /orders:
    get: {operationId: listOrders, summary: List}
  /orders/{id}:cancel:
    post: {operationId: cancelOrder, security: [{oauth: ['orders:cancel']}, {oauth: ['orders:write', 'orders:read']}]}
";

fn path(world: &World) -> String {
    format!("/api/v1/orgs/acme/apis/{}/openapi", world.api)
}

async fn put(world: &World, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    with_body(world, Method::PUT, path, content_type, body.into()).await
}

async fn with_body(world: &World, method: Method, path: &str, content_type: &str, body: Body) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.owner()))
        .header("content-type", content_type);
    send(&world.app, request.body(body).unwrap()).await
}

#[tokio::test]
async fn a_document_is_previewed_put_in_force_and_shown() {
    let world = World::new().await;
    let empty = world.get(&path(&world), world.owner()).await.expect(200).json();
    assert_eq!(empty, json!({ "document": null, "operations": [], "unknown_operations": [] }));

    let dry = put(&world, &format!("{}?dry_run=true", path(&world)), "application/yaml", YAML).await.expect(200).json();
    assert_eq!(dry["applied"], false);
    assert_eq!(world.get(&path(&world), world.owner()).await.expect(200).json(), empty);

    let mut applied = put(&world, &path(&world), "application/yaml", YAML).await.expect(200).json();
    assert_eq!(applied["applied"], true);
    let refused = applied["newly_refused"].as_array().unwrap();
    let of_key = refused.iter().find(|refused| refused["credential"]["id"] == *world.key).unwrap();
    let call = json!({
        "operation_id": "cancelOrder", "method": "POST", "path": "/v1/orders/{id}:cancel", "missing_scopes": ["orders:cancel"],
    });
    assert_eq!(of_key["operations"], json!([call]));
    assert_eq!(
        of_key["credential"],
        json!({ "id": world.key, "kind": "api_key", "name": "checkout", "organisation": "acme" })
    );
    let list = json!({
        "operation_id": "listOrders", "method": "GET", "path": "/v1/orders", "summary": "List", "scopes": [["orders:read"]],
    });
    let cancel = json!({
        "operation_id": "cancelOrder", "method": "POST", "path": "/v1/orders/{id}:cancel", "summary": "",
        "scopes": [["orders:cancel"], ["orders:read", "orders:write"]],
    });
    assert_eq!(applied["operations"], json!({ "added": [list, cancel], "removed": [], "changed": [], "unchanged": 0 }));
    assert_eq!(applied["scopes"]["added"][0]["name"], "orders:cancel");
    applied["applied"] = json!(false);
    assert_eq!(dry, applied, "the preview says what comes");

    let shown = world.get(&path(&world), world.owner()).await.expect(200).json();
    assert_eq!(shown["operations"], json!([list, cancel]));
    assert_eq!((&shown["document"]["title"], &shown["document"]["version"]), (&json!("Orders"), &json!("1")));
    assert_eq!(shown["document"]["sha256"].as_str().unwrap().len(), 64);
    let api = world.get(&path(&world).replace("/openapi", ""), world.owner()).await.expect(200).json();
    assert_eq!(api["unknown_operations"], "lenient");
    let names: Vec<_> = api["scopes"].as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"orders:cancel"), "{names:?}");
}

#[tokio::test]
async fn verify_answers_for_the_operation() {
    let world = World::new().await;
    put(&world, &path(&world), "application/yaml", YAML).await.expect(200);
    let ask = async |operation: Value| {
        let question = json!({ "credential": world.key_secret, "operation": operation });
        world.post("/v1/verify", &world.verification_key, &question).await
    };
    let code = async |method: &str, path: &str| {
        ask(json!({ "method": method, "path": path })).await.expect(200).json()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("GET", "/v1/orders?limit=1").await, "VALID");
    assert_eq!(code("GET", "/orders").await, "VALID", "unknown: the base path is missing");
    let refused = ask(json!({ "method": "POST", "path": "/v1/orders/42:cancel" })).await.expect(200).json();
    assert_eq!(
        (&refused["code"], &refused["missing_scopes"]),
        (&json!("INSUFFICIENT_SCOPE"), &json!(["orders:cancel"]))
    );
    assert_eq!(code("POST", "/v1//orders/42:cancel").await, "INSUFFICIENT_SCOPE");
    let api = path(&world).replace("/openapi", "");
    let strict = json!({ "unknown_operations": "strict" });
    world.call("PATCH", &api, world.owner(), &strict).await.expect(200);
    let unknown = ask(json!({ "method": "GET", "path": "/orders" })).await.expect(200).json();
    let expected = json!({
        "valid": false, "code": "INSUFFICIENT_SCOPE", "credential": { "id": world.key }, "missing_scopes": [],
    });
    assert_eq!(unknown, expected);
    assert_eq!(code("GET", "/v1/orders").await, "VALID");
    for bad in [
        json!({ "method": "GET" }),
        json!({ "path": "/" }),
        json!({ "method": "GET", "path": "/", "x": 1 }),
        json!("GET /"),
    ] {
        assert_eq!(ask(bad).await.status, 400);
    }
    world.call("PATCH", &api, world.owner(), &json!({ "unknown_operations": "never" })).await.expect(422);
}

#[tokio::test]
async fn operations_are_granted_to_keys_and_apps() {
    let world = World::new().await;
    put(&world, &path(&world), "application/yaml", YAML).await.expect(200);
    let mut key = new_key();
    key["scopes"] = json!([]);
    key["operations"] = json!(["cancelOrder"]);
    let made = world.post("/api/v1/orgs/acme/keys", world.owner(), &key).await.expect(201).json();
    assert_eq!((&made["scopes"], &made["operations"]), (&json!(["orders:cancel"]), &json!(["cancelOrder"])));
    let of_key = format!("/api/v1/orgs/acme/keys/{}", made["id"].as_str().unwrap());
    let patched =
        world.call("PATCH", &of_key, world.owner(), &json!({ "operations": ["listOrders"] })).await.expect(200);
    assert_eq!(patched.json()["scopes"], json!(["orders:read"]));
    let refused = world.call("PATCH", &of_key, world.owner(), &json!({ "operations": ["nothing"] })).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/operations/0");
    let mut app = new_app();
    app["grants"][0]["scopes"] = json!([]);
    app["grants"][0]["operations"] = json!(["listOrders", "cancelOrder"]);
    let made = world.post("/api/v1/orgs/acme/apps", world.owner(), &app).await.expect(201).json();
    assert_eq!(made["grants"][0]["scopes"], json!(["orders:cancel", "orders:read"]));
    assert_eq!(made["grants"][0]["operations"], json!(["listOrders", "cancelOrder"]));
}

#[tokio::test]
async fn a_broken_document_names_line_and_reason() {
    let world = World::new().await;
    put(&world, &path(&world), "application/yaml", YAML).await.expect(200);
    let before = world.get(&path(&world), world.owner()).await.expect(200).json();
    for (content_type, text, detail) in [
        ("application/yaml", "openapi: 3.1.0\npaths:\n  /a: {get: {}}\n  /a: {}\n", "line 4: `/a` stands here twice"),
        ("application/json", "{\"openapi\": \"3.1.0\",\n}", "line 2: this isn't JSON: the name of a member is missing"),
        ("application/yaml", "", "line 1: the document is empty"),
    ] {
        for suffix in ["", "?dry_run=true"] {
            let answer = put(&world, &format!("{}{suffix}", path(&world)), content_type, text).await.expect(422).json();
            assert_eq!(answer["errors"], json!([{ "pointer": "/document", "detail": detail }]));
        }
    }
    assert_eq!(world.get(&path(&world), world.owner()).await.expect(200).json(), before);
    put(&world, &format!("{}?dry_run=maybe", path(&world)), "application/yaml", YAML).await.expect(422);
    put(&world, &format!("{}?x=1", path(&world)), "application/yaml", YAML).await.expect(422);
    put(&world, &path(&world), "text/plain", YAML).await.expect(415);
}

// contract section 10, "Limits": 5 MiB for a document, 1 MiB for everything else
#[tokio::test]
async fn a_document_may_be_larger_than_other_bodies() {
    let world = World::new().await;
    let padded = |length: usize| format!("{YAML}# {}", "x".repeat(length - YAML.len() - 2));
    let most = 5 * 1024 * 1024;
    put(&world, &path(&world), "application/yaml", padded(most)).await.expect(200);
    put(&world, &path(&world), "application/yaml", padded(most + 1)).await.expect(413);
    let api = path(&world).replace("/openapi", "");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    with_body(&world, Method::PATCH, &api, "application/json", Body::from(large)).await.expect(413);
}
