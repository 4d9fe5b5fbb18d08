//! The pages of an API's operations: a document is uploaded, looked at, and applied, without a script.

use axum::body::Body;
use axum::http::Method;
use latchkey_core::apis::{self, NewApi, Visibility};
use latchkey_core::keys::{self, NewKey};
use latchkey_types::ApiId;

use crate::app::{Answer, COMMAND_LINE, Client, TestApp};

const DOCUMENT: &str = "
openapi: 3.1.0
info: {title: Orders, version: '7'}
components: {securitySchemes: {oauth: {type: oauth2}}}
paths:
  /orders: {get: {operationId: listOrders, security: [{oauth: ['orders:read']}]}}
";

struct Scene {
    app: TestApp,
    ada: Client,
    api: ApiId,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut ada = app.sign_in("ada").await;
        ada.form("/_portal/orgs", &[("name", "Acme"), ("slug", "acme")]).await;
        let new = NewApi {
            name: "Orders".to_owned(),
            audience: "https://orders.example".to_owned(),
            visibility: Visibility::Private,
            ..NewApi::default()
        };
        let api = apis::create(&app.core, &COMMAND_LINE, "acme", new).await.unwrap().id;
        let new = NewKey { name: "checkout".to_owned(), api: api.to_string(), ..NewKey::default() };
        keys::create(&app.core, &COMMAND_LINE, "acme", new).await.unwrap();
        Self { app, ada, api }
    }

    fn page(&self, rest: &str) -> String {
        format!("/orgs/acme/apis/{}/operations{rest}", self.api)
    }

    /// Uploads a file as a browser does.
    async fn upload(&mut self, name: &str, content: &[u8]) -> Answer {
        let mut body = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"openapi.yaml\"\r\n\
             Content-Type: application/yaml\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--limit--\r\n");
        let path = format!("/_portal{}", self.page("/upload"));
        let headers = [("content-type", "multipart/form-data; boundary=limit"), ("sec-fetch-site", "same-origin")];
        self.ada.send(Method::POST, &path, &headers, Body::from(body)).await
    }

    async fn text(&mut self, path: &str) -> String {
        let answer = self.ada.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.text().to_string()
    }
}

#[tokio::test]
async fn a_document_is_looked_at_and_applied() {
    let mut scene = Scene::new().await;
    let uploaded = scene.upload("document", DOCUMENT.as_bytes()).await;
    assert_eq!((uploaded.status, uploaded.location()), (303, scene.page("/review").as_str()));
    let review = scene.text(&scene.page("/review")).await;
    for shown in ["Orders 7", "GET /orders", "checkout", "orders:read", "1 credential", "Nothing is changed yet"] {
        assert!(review.contains(shown), "{shown}: {review}");
    }
    assert!(!scene.text(&scene.page("")).await.contains("Orders 7"), "nothing is in force yet");
    let digest = review.split("name=\"digest\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let refused = scene.ada.form(&format!("/_portal{}", scene.page("/apply")), &[("digest", "other")]).await;
    assert!(refused.location().starts_with(&scene.page("/review?form=")), "{}", refused.location());
    assert!(scene.text(refused.location()).await.contains("look at the changes first"));
    let applied = scene.ada.form(&format!("/_portal{}", scene.page("/apply")), &[("digest", &digest)]).await;
    assert_eq!((applied.status, applied.location()), (303, scene.page("?done=operations-applied").as_str()));
    let page = scene.text(&scene.page("")).await;
    assert!(page.contains("Orders 7") && page.contains("listOrders"), "{page}");
    let api = scene.text(&format!("/orgs/acme/apis/{}", scene.api)).await;
    assert!(api.contains("GET /orders"), "{api}");
    let form = scene.text(&format!("/orgs/acme/keys/new?api={}", scene.api)).await;
    assert!(form.contains("value=\"listOrders\""), "{form}");
    let form = scene.text("/orgs/acme/apps/new").await;
    assert!(form.contains(&format!("name=\"operations.{}\"", scene.api)), "{form}");
}

#[tokio::test]
async fn a_document_may_be_discarded() {
    let mut scene = Scene::new().await;
    scene.upload("document", DOCUMENT.as_bytes()).await;
    let discarded = scene.ada.form(&format!("/_portal{}", scene.page("/discard")), &[]).await;
    assert_eq!(discarded.location(), scene.page("?done=operations-discarded"));
    assert!(scene.text(&scene.page("/review")).await.contains("No document waits"));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_on_the_page() {
    let mut scene = Scene::new().await;
    for (name, content, reason) in [
        ("document", b"openapi: 3.1.0\npaths:\n  a: {}\n".as_slice(), "line 3: a path starts with"),
        ("document", b"{\"openapi\": }", "line 1: this isn&#x27;t JSON"),
        ("document", b"", "Choose a file"),
        ("other", b"openapi: 3.1.0", "Choose a file"),
    ] {
        let refused = scene.upload(name, content).await;
        assert!(refused.location().starts_with(&scene.page("?form=")), "{}", refused.location());
        let page = scene.text(refused.location()).await;
        let shown = page.replace("&#39;", "'").replace("&#x27;", "'").replace("&#x60;", "`");
        assert!(shown.contains(&reason.replace("&#x27;", "'")), "{reason}: {page}");
    }
}

// contract section 10, "Limits"
#[tokio::test]
async fn a_file_is_at_most_5_mib() {
    let mut scene = Scene::new().await;
    let padded = |length: usize| format!("{DOCUMENT}# {}", "x".repeat(length - DOCUMENT.len() - 2)).into_bytes();
    assert_eq!(scene.upload("document", &padded(5 * 1024 * 1024)).await.location(), scene.page("/review"));
    let over = scene.upload("document", &padded(5 * 1024 * 1024 + 1)).await;
    assert!(over.location().starts_with(&scene.page("?form=")), "{}", over.status);
    assert_eq!(scene.upload("document", &padded(6 * 1024 * 1024)).await.status, 413);
    let other = format!("/_portal/orgs/acme/apis/{}/update", scene.api);
    let large = "x".repeat(2 * 1024 * 1024);
    assert_eq!(scene.ada.form(&other, &[("name", &large)]).await.status, 413, "no other form has such room");
}

#[tokio::test]
async fn a_file_from_another_site_is_refused() {
    let mut scene = Scene::new().await;
    let path = format!("/_portal{}", scene.page("/upload"));
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("sec-fetch-site", "cross-site")];
    assert_eq!(scene.ada.send(Method::POST, &path, &headers, Body::empty()).await.status, 403);
    let plain = [("content-type", "text/plain"), ("sec-fetch-site", "same-origin")];
    assert_eq!(scene.ada.send(Method::POST, &path, &plain, Body::from("x")).await.status, 400);
    let mut stranger = scene.app.anonymous();
    assert_ne!(stranger.send(Method::POST, &path, &plain, Body::from("x")).await.status, 200);
}
