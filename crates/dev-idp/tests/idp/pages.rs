//! Metadata, headers and markup.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};

use crate::{ISSUER, Provider, authorization_request, encode};

// H2, H6
#[tokio::test]
async fn the_metadata_says_what_is_there() {
    let provider = Provider::new();
    let metadata = provider.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let mut places = 0;
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap();
            assert_ne!(provider.get(path).await.status, StatusCode::NOT_FOUND, "{name}");
            places += 1;
        }
    }
    assert_eq!(places, 5);
    let keys = provider.get("/jwks.json").await;
    assert_eq!(keys.header(CONTENT_TYPE), "application/jwk-set+json");
    assert!(!keys.text().contains("\"d\""));
}

// C12, A7
#[tokio::test]
async fn every_answer_has_the_headers() {
    let provider = Provider::new();
    for path in ["/", "/style.css", "/authorize", "/token", "/userinfo", "/logout", "/jwks.json", "/nowhere"] {
        let answer = provider.get(path).await;
        assert_eq!(answer.header(CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(answer.header(X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        let policy = answer.header(CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
    }
}

// F-27
#[tokio::test]
async fn what_was_asked_is_inert_in_the_page() {
    let provider = Provider::new();
    let markup = encode(&[("client", "\"><script>alert(1)</script>")]);
    let query = format!("{}&x='&{markup}", encode(&authorization_request()));
    let page = provider.get(&format!("/authorize?{query}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("&amp;x=&#39;&amp;client=%22%3E%3Cscript%3E"), "{}", page.text());
    assert!(!page.text().contains("<script"));
}
