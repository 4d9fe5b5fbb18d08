//! The userinfo endpoint.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::{Answer, Provider, token_request};

async fn tokens(provider: &Provider) -> Value {
    let code = provider.code().await;
    provider.post("/token", &token_request(&code)).await.json()
}

async fn ask(provider: &Provider, method: Method, authorization: &str) -> Answer {
    let request = Request::builder().method(method).uri("/userinfo").header(AUTHORIZATION, authorization);
    provider.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_token_gets_the_claims_of_its_scope() {
    let provider = Provider::new();
    let token = format!("bearer {}", tokens(&provider).await["access_token"].as_str().unwrap());
    for method in [Method::GET, Method::POST] {
        let answer = ask(&provider, method, &token).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(
            answer.json(),
            json!({
                "sub": "ada", "name": "Ada", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true,
            })
        );
    }
    provider.pass(300);
    assert_eq!(ask(&provider, Method::GET, &token).await.status, StatusCode::UNAUTHORIZED);
}

// B3, B4, B5, D6
#[tokio::test]
async fn anything_else_is_401() {
    let provider = Provider::new();
    let tokens = tokens(&provider).await;
    let id_token = tokens["id_token"].as_str().unwrap();
    let access_token = tokens["access_token"].as_str().unwrap();
    let missing = provider.get("/userinfo").await;
    assert_eq!(
        (missing.status, missing.header(WWW_AUTHENTICATE)),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"userinfo\"")
    );
    for authorization in [
        format!("Bearer {id_token}"),
        format!("Basic {access_token}"),
        format!("Bearer {access_token}x"),
        format!("Bearer  {access_token}"),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer made-up".into(),
        String::new(),
    ] {
        let answer = ask(&provider, Method::GET, &authorization).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization}");
        assert_eq!(answer.header(WWW_AUTHENTICATE), "Bearer realm=\"userinfo\", error=\"invalid_token\"");
    }
    let in_query = provider.get(&format!("/userinfo?access_token={access_token}")).await;
    assert_eq!(in_query.status, StatusCode::UNAUTHORIZED);
}
