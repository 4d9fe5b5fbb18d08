//! The token endpoint.

use axum::body::Body;
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_jose::{CompactJws, JwkSet};
use serde_json::{Value, json};

use crate::{Answer, CALLBACK, ISSUER, NOW, Provider, SECRET, VERIFIER, encode, token_request, with};

fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.json()["error"], error, "{}", answer.text());
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    assert_eq!(answer.status, status);
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
    let challenge = if error == "invalid_client" { "Basic realm=\"token\"" } else { "" };
    assert_eq!(answer.header(WWW_AUTHENTICATE), challenge);
}

/// Asks with Basic authentication, `credential` as it stands before base64.
async fn ask_with_basic(provider: &Provider, credential: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = Request::post("/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credential)));
    provider.send(request.body(encode(parameters).into()).unwrap()).await
}

fn without_secret(code: &str) -> Vec<(&str, &str)> {
    with(with(token_request(code), "client_secret", None), "client_id", None)
}

#[tokio::test]
async fn a_code_gets_an_id_token_signed_by_the_published_key() {
    let provider = Provider::new();
    let code = provider.code().await;
    provider.pass(59);
    let answer = provider.post("/token", &token_request(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], "openid profile email");

    let keys = JwkSet::parse(&provider.get("/jwks.json").await.body).unwrap();
    let jws = CompactJws::parse(tokens["id_token"].as_str().unwrap()).unwrap();
    let claims: Value = jws.verify(jws.key_in(&keys).unwrap(), "JWT").unwrap().into_typed().unwrap();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "sub": "ada", "aud": "portal", "iat": NOW + 59, "exp": NOW + 359, "auth_time": NOW, "nonce": "once",
            "name": "Ada", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true,
        })
    );
}

// A4
#[tokio::test]
async fn basic_credentials_are_form_urlencoded() {
    let provider = Provider::new();
    for credential in ["portal:a+b%2B%2F%25%3A%26%3D%7E", "portal:a%20b%2b%2f%25:%26%3d~"] {
        let code = provider.code().await;
        let answer = ask_with_basic(&provider, credential, &without_secret(&code)).await;
        assert_eq!(answer.status, StatusCode::OK, "{credential}: {}", answer.text());
    }
}

// A3, A9
#[tokio::test]
async fn a_client_authenticates_once_and_rightly() {
    let provider = Provider::new();
    let code = provider.code().await;
    for (name, value) in [
        ("client_secret", Some("wrong")),
        ("client_secret", None),
        ("client_id", Some("unknown")),
        ("client_id", Some("other")),
    ] {
        assert_refused(&provider.post("/token", &with(token_request(&code), name, value)).await, "invalid_client");
    }
    for credential in
        ["", ":", "portal", "portal:", "portal:wrong", "unknown:x", &format!("portal:{SECRET}"), "portal:%", "\0:\0"]
    {
        assert_refused(&ask_with_basic(&provider, credential, &without_secret(&code)).await, "invalid_client");
    }
    for header in ["Basic", "Basic !", "Basic 4pyT4pyT=", "Bearer x", "", "Basic /w=="] {
        let request = Request::post("/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, header);
        let answer = provider.send(request.body(encode(&without_secret(&code)).into()).unwrap()).await;
        assert_refused(&answer, "invalid_client");
    }
    let good = "portal:a+b%2B%2F%25%3A%26%3D%7E";
    assert_refused(&ask_with_basic(&provider, good, &token_request(&code)).await, "invalid_request");
    let two_clients = with(without_secret(&code), "client_id", Some("other"));
    assert_refused(&ask_with_basic(&provider, good, &two_clients).await, "invalid_request");
    // none of these spent the code
    assert_eq!(provider.post("/token", &token_request(&code)).await.status, StatusCode::OK);
}

// F-17
#[tokio::test]
async fn a_code_holds_for_one_use_of_one_client_and_a_minute() {
    let provider = Provider::new();
    let code = provider.code().await;
    assert_eq!(provider.post("/token", &token_request(&code)).await.status, StatusCode::OK);
    assert_refused(&provider.post("/token", &token_request(&code)).await, "invalid_grant");

    let code = provider.code().await;
    provider.pass(60);
    assert_refused(&provider.post("/token", &token_request(&code)).await, "invalid_grant");

    let code = provider.code().await;
    provider.pass(-1);
    assert_refused(&provider.post("/token", &token_request(&code)).await, "invalid_grant");

    let code = provider.code().await;
    let other = with(with(token_request(&code), "client_id", Some("other")), "client_secret", Some("other secret"));
    assert_refused(&provider.post("/token", &other).await, "invalid_grant");
    assert_refused(&provider.post("/token", &token_request(&code)).await, "invalid_grant");
    assert_refused(&provider.post("/token", &token_request("made-up")).await, "invalid_grant");
}

#[tokio::test]
async fn of_parallel_uses_exactly_one_succeeds() {
    let provider = std::sync::Arc::new(Provider::new());
    let code = provider.code().await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (provider, code) = (provider.clone(), code.clone());
            tokio::spawn(async move { provider.post("/token", &token_request(&code)).await.status })
        })
        .collect();
    let mut successes = 0;
    for task in tasks {
        successes += usize::from(task.await.unwrap() == StatusCode::OK);
    }
    assert_eq!(successes, 1);
}

#[tokio::test]
async fn a_wrong_verifier_or_redirect_uri_spends_the_code() {
    let provider = Provider::new();
    let other = format!("{CALLBACK}?x=1");
    let changed = VERIFIER.replace('d', "e");
    let long = "a".repeat(129);
    for (name, value) in [
        ("code_verifier", None),
        ("code_verifier", Some(crate::CHALLENGE)),
        ("code_verifier", Some(&*changed)),
        ("code_verifier", Some("short")),
        ("code_verifier", Some(&*long)),
        ("redirect_uri", None),
        ("redirect_uri", Some(&*other)),
    ] {
        let code = provider.code().await;
        assert_refused(&provider.post("/token", &with(token_request(&code), name, value)).await, "invalid_grant");
        assert_refused(&provider.post("/token", &token_request(&code)).await, "invalid_grant");
    }
}

// A1, A2, A5
#[tokio::test]
async fn the_request_has_its_form() {
    let provider = Provider::new();
    let code = provider.code().await;
    for (name, value, error) in [
        ("grant_type", None, "invalid_request"),
        ("grant_type", Some("password"), "unsupported_grant_type"),
        ("grant_type", Some("client_credentials"), "unsupported_grant_type"),
        ("code", None, "invalid_request"),
        ("code", Some(""), "invalid_request"),
    ] {
        assert_refused(&provider.post("/token", &with(token_request(&code), name, value)).await, error);
    }
    for (name, value) in token_request(&code) {
        let mut twice = token_request(&code);
        twice.push((name, value));
        assert_refused(&provider.post("/token", &twice).await, "invalid_request");
    }
    let json = Request::post("/token").header(CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_refused(&provider.send(json).await, "invalid_request");
    let query = provider.post(&format!("/token?{}", encode(&token_request(&code))), &[]).await;
    assert_refused(&query, "invalid_client");
    let get = provider.get(&format!("/token?{}", encode(&token_request(&code)))).await;
    assert_eq!((get.status, get.header(ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let long = "x".repeat(65 * 1024);
    let answer = provider.post("/token", &with(token_request(&code), "code", Some(&long))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn claims_follow_the_scope() {
    let provider = Provider::new();
    let request = with(crate::authorization_request(), "scope", Some("openid"));
    let answer = provider.get(&format!("/authorize/ben?{}", encode(&request))).await;
    let code = answer.parameter("code").unwrap();
    let tokens = provider.post("/token", &token_request(&code)).await.json();
    let keys = JwkSet::parse(&provider.get("/jwks.json").await.body).unwrap();
    let jws = CompactJws::parse(tokens["id_token"].as_str().unwrap()).unwrap();
    let claims = jws.verify(jws.key_in(&keys).unwrap(), "JWT").unwrap();
    assert_eq!(claims.get("sub"), Some(&json!("ben")));
    assert_eq!((claims.get("email"), claims.get("name")), (None, None));
}
