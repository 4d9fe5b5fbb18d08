use axum::body::Body;
use axum::http::Method;

use crate::app::TestApp;

// F-28: nothing is ever built from Host
#[tokio::test]
async fn invalid_hosts_are_refused_everywhere() {
    let app = TestApp::new().await;
    for path in ["/health/live", "/sign-in", "/v1/verify"] {
        for host in ["", "a b", "user@localhost:3000", "localhost:3000/x", "localhost:99999", "[::1"] {
            let answer = app.anonymous().with("host", host).get(path).await;
            assert_eq!(answer.status, 400, "{path} {host:?}");
        }
    }
    let twice = app
        .anonymous()
        .with("host", "localhost:3000")
        .send(Method::GET, "/health/live", &[("host", "evil.example")], Body::empty())
        .await;
    assert_eq!(twice.status, 400);
    // RFC 9112 section 3.2.2: a target with a host goes before `Host`, which must be a good one all the same
    for (target, host, status) in [
        ("http://localhost:3000/health/live", "localhost:3000", 200),
        ("http://localhost:3000/health/live", "a b", 400),
        ("http://localhost:3000/health/live", "", 400),
        ("http://user@localhost:3000/health/live", "localhost:3000", 400),
        ("http://other.example/sign-in", "localhost:3000", 302),
    ] {
        assert_eq!(app.anonymous().with("host", host).get(target).await.status, status, "{target} {host:?}");
    }
}

#[tokio::test]
async fn pages_on_another_host_redirect_and_apis_do_not() {
    let app = TestApp::new().await;
    let mut elsewhere = app.anonymous().with("host", "127.0.0.1:3000");
    let page = elsewhere.get("/sign-in/dev?to=%2Fcatalogue").await;
    assert_eq!((page.status, page.location()), (302, "http://localhost:3000/sign-in/dev?to=%2Fcatalogue"));
    assert_eq!(elsewhere.get("/health/live").await.status, 200);
    assert_eq!(elsewhere.get("/.well-known/jwks.json").await.status, 200);
    let own = [("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")];
    assert_eq!(elsewhere.form_from("/sign-out", &[], &own).await.status, 421);
}

// C1, F-29: a path that looks like a host stays a path
#[tokio::test]
async fn the_redirect_keeps_its_host() {
    let app = TestApp::new().await;
    let answer = app.anonymous().with("host", "other.example").get("/sign-in/x?@evil.example").await;
    assert!(answer.location().starts_with("http://localhost:3000/sign-in/x"), "{}", answer.location());
}
