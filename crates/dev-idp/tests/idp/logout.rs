//! RP-initiated logout.

use axum::http::StatusCode;

use crate::{Provider, SIGNED_OUT, encode, token_request, with};

async fn id_token(provider: &Provider) -> String {
    let code = provider.code().await;
    provider.post("/token", &token_request(&code)).await.json()["id_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_registered_place_is_gone_back_to_by_get_and_post() {
    let provider = Provider::new();
    let token = id_token(&provider).await;
    provider.pass(1_000_000);
    let request = [("id_token_hint", &*token), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "a&b")];
    for answer in
        [provider.get(&format!("/logout?{}", encode(&request))).await, provider.post("/logout", &request).await]
    {
        assert_eq!(answer.location().as_str(), format!("{SIGNED_OUT}?state=a%26b"));
    }
    let by_name = [("client_id", "portal"), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(provider.get(&format!("/logout?{}", encode(&by_name))).await.location().as_str(), SIGNED_OUT);
}

#[tokio::test]
async fn without_a_place_to_go_there_is_a_page() {
    let provider = Provider::new();
    let answer = provider.get("/logout").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("You are signed out"));
}

// C1, F-29
#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let provider = Provider::new();
    let token = id_token(&provider).await;
    let foreign = id_token(&Provider::with_key(1000)).await;
    let forged = format!("{}x", &token[..token.len() - 1]);
    let good = vec![("id_token_hint", &*token), ("post_logout_redirect_uri", SIGNED_OUT)];
    let trailing = format!("{SIGNED_OUT}/");
    let query = format!("{SIGNED_OUT}?x");
    for (name, value) in [
        ("id_token_hint", None),
        ("id_token_hint", Some("x.y.z")),
        ("id_token_hint", Some(&*forged)),
        ("id_token_hint", Some(&*foreign)),
        ("client_id", Some("other")),
        ("client_id", Some("unknown")),
        ("post_logout_redirect_uri", Some("https://evil.example")),
        ("post_logout_redirect_uri", Some("//evil.example")),
        ("post_logout_redirect_uri", Some(&*trailing)),
        ("post_logout_redirect_uri", Some(&*query)),
    ] {
        let answer = provider.get(&format!("/logout?{}", encode(&with(good.clone(), name, value)))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value:?}");
        assert_eq!(answer.header("location"), "");
    }
    let access_token = {
        let code = provider.code().await;
        provider.post("/token", &token_request(&code)).await.json()["access_token"].as_str().unwrap().to_owned()
    };
    let answer = provider.get(&format!("/logout?{}", encode(&with(good, "id_token_hint", Some(&access_token))))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
