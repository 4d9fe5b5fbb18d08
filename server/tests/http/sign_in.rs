//! Sign-in, and everything that must not be one.

use std::time::Duration;

use proptest::prelude::*;
use url::Url;

use crate::app::{Answer, Options, TestApp};

fn error(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(answer.set_cookie("latchkey-session").is_none(), "a session all the same");
    let url = Url::parse("http://localhost:3000").unwrap().join(answer.location()).unwrap();
    assert_eq!(url.path(), "/sign-in");
    url.query_pairs().find(|(name, _)| name == "error").map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_whole_sign_in() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    let start = browser.get("/sign-in/dev?to=%2Fcatalogue").await;
    let url = Url::parse(start.location()).unwrap();
    let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    // C3, C5
    assert_eq!(parameter("response_type").as_deref(), Some("code"));
    assert_eq!(parameter("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter("code_challenge").unwrap().len(), 43);
    assert!(parameter("state").unwrap().len() >= 43 && parameter("nonce").unwrap().len() >= 43);
    assert_eq!(parameter("redirect_uri").as_deref(), Some("http://localhost:3000/sign-in/dev/callback"));

    let back = app.providers[0].approve(start.location(), "ada").await;
    let answer = browser.get(back.strip_prefix("http://localhost:3000").unwrap()).await;
    assert_eq!((answer.status, answer.location()), (303, "/catalogue"));
    assert!(browser.cookies.contains_key("latchkey-session"));
}

// F-17: a state holds once
#[tokio::test]
async fn a_callback_twice() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    let callback = app.begin_sign_in(&mut browser, 0, "ada", "/").await;
    let mut second = browser.clone();
    assert_eq!(browser.get(&callback).await.location(), "/");
    assert_eq!(error(&second.get(&callback).await), "expired");
}

// C3: nobody finishes their sign-in in another browser
#[tokio::test]
async fn a_callback_in_another_browser() {
    let app = TestApp::new().await;
    let mut attacker = app.anonymous();
    let callback = app.begin_sign_in(&mut attacker, 0, "ben", "/").await;
    assert_eq!(error(&app.anonymous().get(&callback).await), "expired");
    let mut victim = app.anonymous();
    app.begin_sign_in(&mut victim, 0, "ada", "/").await;
    assert_eq!(error(&victim.get(&callback).await), "expired");
}

#[tokio::test]
async fn a_callback_after_ten_minutes() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    let callback = app.begin_sign_in(&mut browser, 0, "ada", "/").await;
    app.advance(Duration::from_secs(601)).await;
    assert_eq!(error(&browser.get(&callback).await), "expired");
}

/// The callback's query with one parameter replaced, or taken away.
fn changed(callback: &str, name: &str, value: Option<&str>) -> String {
    let url = Url::parse("http://localhost:3000").unwrap().join(callback).unwrap();
    let others: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .extend_pairs(value.map(|value| (name, value)))
        .finish();
    format!("{}?{query}", url.path())
}

#[tokio::test]
async fn answers_that_do_not_hold() {
    let app = TestApp::new().await;
    let cases = [
        ("state", None, "expired"),
        ("state", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "expired"),
        ("state", Some("x\r\nset-cookie: a=b"), "expired"),
        // O1: the provider says that it sends iss, so it must be there and be its own
        ("iss", None, "provider-answer"),
        ("iss", Some("https://evil.example"), "provider-answer"),
        ("iss", Some(""), "provider-answer"),
        ("code", None, "provider-answer"),
        ("code", Some("wrong"), "provider-answer"),
        ("error", Some("access_denied"), "denied"),
        ("error", Some("<script>alert(1)</script>"), "denied"),
    ];
    for (name, value, expected) in cases {
        let mut browser = app.anonymous();
        let callback = app.begin_sign_in(&mut browser, 0, "ada", "/").await;
        let answer = browser.get(&changed(&callback, name, value)).await;
        assert_eq!(error(&answer), expected, "{name} {value:?}");
        assert!(!answer.location().contains("script"));
    }
}

// C4: with two providers, one's answer isn't another's
#[tokio::test]
async fn providers_are_not_mixed_up() {
    let app = TestApp::with(Options { providers: vec!["dev", "second"], ..Options::default() }).await;
    let mut browser = app.anonymous();
    let callback = app.begin_sign_in(&mut browser, 0, "ada", "/").await;
    assert_eq!(error(&browser.get(&callback.replace("/dev/", "/second/")).await), "expired");

    let callback = app.begin_sign_in(&mut browser, 1, "ada", "/").await;
    let foreign = changed(&callback, "iss", Some(&app.providers[0].issuer));
    assert_eq!(error(&browser.get(&foreign).await), "provider-answer");
}

// F-32: the same address at two providers is two people
#[tokio::test]
async fn identity_is_issuer_and_subject() {
    let app = TestApp::with(Options { providers: vec!["dev", "second"], ..Options::default() }).await;
    app.sign_in_at(0, "ada").await;
    app.sign_in_at(1, "ada").await;
    app.sign_in_at(1, "ada").await;
    let page = latchkey_core::ports::Page { limit: 100, cursor: None };
    let rows = app.core.store.list_audit(&latchkey_core::audit::AuditFilter::default(), &page).await.unwrap();
    let people: std::collections::BTreeSet<_> =
        rows.items.iter().filter_map(|row| row.actor_id.clone()).filter(|id| id.starts_with("usr_")).collect();
    assert_eq!(people.len(), 2, "{people:?}");
}

#[tokio::test]
async fn only_allowed_domains_with_a_verified_address() {
    let other = Options {
        with_provider: |provider| provider.allowed_domains = vec!["other.example".to_owned()],
        ..Options::default()
    };
    let app = TestApp::with(other).await;
    let mut browser = app.anonymous();
    assert_eq!(error(&app.finish_sign_in(&mut browser, 0, "ada", "/").await), "domain-not-allowed");

    let own = Options {
        with_provider: |provider| provider.allowed_domains = vec!["example.com".to_owned()],
        ..Options::default()
    };
    TestApp::with(own).await.sign_in("ada").await;

    let untrusted = Options {
        with_provider: |provider| {
            provider.allowed_domains = vec!["example.com".to_owned()];
            provider.trust_email = false;
        },
        ..Options::default()
    };
    let app = TestApp::with(untrusted).await;
    assert_eq!(error(&app.finish_sign_in(&mut app.anonymous(), 0, "ada", "/").await), "domain-not-allowed");
}

// F-31: the server needs no provider; a sign-in says so
#[tokio::test]
async fn a_provider_that_is_down() {
    let app = TestApp::new().await;
    app.providers[0].stop();
    while tokio::net::TcpStream::connect(app.providers[0].issuer.strip_prefix("http://").unwrap()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(error(&app.anonymous().get("/sign-in/dev?to=%2Fcatalogue").await), "provider-unavailable");
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
    assert_eq!(app.anonymous().get("/sign-in/unknown").await.location(), "/sign-in");
}

// F-29
#[tokio::test]
async fn the_way_back_is_ours() {
    let app = TestApp::new().await;
    for to in [
        "%2F%2Fevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%09%2Fevil.example",
        "%2F%252F%2Fevil.example",
    ] {
        let mut browser = app.anonymous();
        let answer = app.finish_sign_in(&mut browser, 0, "ada", to).await;
        assert_eq!(answer.location(), "/", "{to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    // F-28, F-29: no query makes a header or a host of its own
    #[test]
    fn no_query_breaks_the_start(to in "\\PC{0,40}", other in "[\\x20-\\x7e]{0,20}") {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", &to).append_pair("error", &other).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::with(Options { providers: Vec::new(), ..Options::default() }).await;
            let answer = app.anonymous().get(&format!("/sign-in/none?{query}")).await;
            assert_eq!(answer.location(), "/sign-in");
        });
    }
}

// API4: a sign-in writes to the database before anybody proved anything
#[tokio::test]
async fn one_address_begins_at_most_so_many_sign_ins() {
    let app = TestApp::new().await;
    for _ in 0..100 {
        assert_eq!(app.anonymous().get("/sign-in/dev").await.status, 303);
    }
    let refused = app.anonymous().get("/sign-in/dev").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    let mut elsewhere = app.anonymous();
    elsewhere.peer.set_ip("2001:db8::1".parse().unwrap());
    assert_eq!(elsewhere.get("/sign-in/dev").await.status, 303);
    app.advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(app.anonymous().get("/sign-in/dev").await.status, 303);
}
