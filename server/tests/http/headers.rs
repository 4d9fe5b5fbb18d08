//! API8, Q2: what every answer tells a browser.

use crate::app::{Options, TestApp};

const OURS: [&str; 8] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

fn ours(answer: &crate::app::Answer) -> String {
    let lines =
        OURS.iter().filter_map(|name| Some(format!("{name}: {}", answer.headers.get(*name)?.to_str().unwrap())));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn machine_endpoints() {
    let app = TestApp::with(Options { public_url: "https://portal.example", ..Options::default() }).await;
    insta::assert_snapshot!(ours(&app.anonymous().get("/health/live").await), @r"
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()
    referrer-policy: same-origin
    strict-transport-security: max-age=31536000; includeSubDomains
    x-content-type-options: nosniff
    ");
}

#[tokio::test]
async fn every_route_has_them() {
    let app = TestApp::with(Options { public_url: "https://portal.example", ..Options::default() }).await;
    for route in app.routes.iter().filter(|route| route.method == "GET" || route.method == "*") {
        let path: String = route
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let answer = app.anonymous().get(&path).await;
        for name in [
            "content-security-policy",
            "strict-transport-security",
            "x-content-type-options",
            "referrer-policy",
            "x-request-id",
        ] {
            assert!(answer.headers.contains_key(name), "{path} has no {name}");
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

// HSTS would lock developers out of http on localhost
#[tokio::test]
async fn no_hsts_on_plain_http() {
    let app = TestApp::new().await;
    assert!(!app.anonymous().get("/health/live").await.headers.contains_key("strict-transport-security"));
}
