//! The authorization endpoint.

use axum::http::StatusCode;

use crate::{CALLBACK, ISSUER, Provider, authorization_request, encode, with};

#[tokio::test]
async fn the_page_links_to_both_users_and_carries_the_request_on() {
    let provider = Provider::new();
    let page = provider.get(&format!("/authorize?{}", encode(&authorization_request()))).await;
    assert_eq!(page.status, StatusCode::OK);
    let query = encode(&authorization_request()).replace('&', "&amp;");
    for (subject, email) in [("ada", "ada@example.com"), ("ben", "ben@example.com")] {
        assert!(page.text().contains(&format!("href=\"/authorize/{subject}?{query}\"")), "{}", page.text());
        assert!(page.text().contains(email));
    }
}

#[tokio::test]
async fn a_picked_user_is_sent_back_with_code_state_and_iss() {
    let provider = Provider::new();
    let answer = provider.get(&format!("/authorize/ben?{}", encode(&authorization_request()))).await;
    assert!(answer.location().as_str().starts_with(&format!("{CALLBACK}?")));
    assert_eq!(answer.parameter("state").as_deref(), Some("a&b <c>"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    assert_eq!(answer.parameter("code").unwrap().len(), 43);

    let with_query = format!("{CALLBACK}?x=1");
    let request = with(with(authorization_request(), "redirect_uri", Some(&with_query)), "state", None);
    let answer = provider.get(&format!("/authorize/ben?{}", encode(&request))).await;
    assert!(answer.location().as_str().starts_with(&format!("{CALLBACK}?x=1&code=")));
    assert_eq!(answer.parameter("state"), None);
}

// C1, C2: nobody is sent where the client didn't register
#[tokio::test]
async fn without_a_known_client_and_its_redirect_uri_there_is_no_redirect() {
    let provider = Provider::new();
    let refused = [
        ("client_id", None),
        ("client_id", Some("unknown".to_owned())),
        ("client_id", Some("PORTAL".to_owned())),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/".to_owned())),
        ("redirect_uri", Some(format!("{CALLBACK}/"))),
        ("redirect_uri", Some(format!("{CALLBACK}?y=1"))),
        ("redirect_uri", Some(format!("{CALLBACK}#x"))),
        ("redirect_uri", Some(CALLBACK.replace("localhost", "LOCALHOST"))),
        ("redirect_uri", Some(CALLBACK.replace("sign-in", "x/../sign-in"))),
        ("redirect_uri", Some(CALLBACK.replace("localhost:3000", "localhost:3000@evil.example"))),
        ("redirect_uri", Some("/sign-in/demo/callback".to_owned())),
    ];
    for (name, value) in refused {
        let query = encode(&with(authorization_request(), name, value.as_deref()));
        for path in ["/authorize", "/authorize/ada"] {
            let answer = provider.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {name} {value:?}");
            assert_eq!(answer.header("location"), "");
            assert!(!answer.text().contains("evil.example"));
        }
    }
    let twice = format!("{}&{}", encode(&authorization_request()), encode(&[("redirect_uri", CALLBACK)]));
    assert_eq!(provider.get(&format!("/authorize/ada?{twice}")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(provider.get("/authorize").await.status, StatusCode::BAD_REQUEST);
}

// A2, C5; RFC 6749 section 4.1.2.1
#[tokio::test]
async fn other_faults_go_back_to_the_client() {
    let provider = Provider::new();
    for (name, value, error) in [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", Some("code id_token"), "unsupported_response_type"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("profile openid2"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some(""), "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("prompt", Some("none"), "login_required"),
        ("request", Some("eyJ"), "request_not_supported"),
        ("request_uri", Some("https://evil.example"), "request_uri_not_supported"),
    ] {
        let query = encode(&with(authorization_request(), name, value));
        for path in ["/authorize", "/authorize/ada"] {
            let answer = provider.get(&format!("{path}?{query}")).await;
            assert!(answer.location().as_str().starts_with(&format!("{CALLBACK}?error=")), "{name} {value:?}");
            assert_eq!(answer.parameter("error").as_deref(), Some(error), "{name} {value:?}");
            assert_eq!(answer.parameter("state").as_deref(), Some("a&b <c>"));
            assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
            assert_eq!(answer.parameter("code"), None);
        }
    }
    let twice = format!("{}&nonce=other", encode(&authorization_request()));
    let answer = provider.get(&format!("/authorize/ada?{twice}")).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn there_are_no_other_users() {
    let provider = Provider::new();
    let answer = provider.get(&format!("/authorize/eve?{}", encode(&authorization_request()))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn too_many_waiting_codes_are_refused_until_they_lapse() {
    let provider = Provider::new();
    for _ in 0..1000 {
        provider.code().await;
    }
    let target = format!("/authorize/ada?{}", encode(&authorization_request()));
    let answer = provider.get(&target).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("temporarily_unavailable"));
    provider.pass(60);
    assert!(provider.get(&target).await.parameter("code").is_some());
}
