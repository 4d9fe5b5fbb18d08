//! F-24: sizes.

use axum::body::Body;
use axum::http::Method;

use crate::app::TestApp;

#[tokio::test]
async fn bodies_over_the_limit_are_413() {
    let app = TestApp::new().await;
    let json = [("content-type", "application/json")];
    let large = || Body::from(format!(r#"{{"credential": "{}"}}"#, "a".repeat(65 * 1024)));
    let answer = app.bearer("x").send(Method::POST, "/v1/verify", &json, large()).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = app.anonymous().send(Method::POST, "/oauth/token", &form, Body::from("a".repeat(65 * 1024))).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let app = TestApp::new().await;
    for path in ["/v1/nothing", "/api/v1/nothing", "/oauth/nothing"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    // A1: and the Allow header says what would be right
    let answer = app.anonymous().get("/v1/verify").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    for method in [Method::TRACE, Method::CONNECT] {
        assert!([404, 405].contains(&app.anonymous().send(method, "/health/live", &[], Body::empty()).await.status));
    }
}
