//! F-20, F-21, Q1: sessions.

use std::time::Duration;

use latchkey::config::SessionLimits;
use latchkey_core::clock::Clock;
use latchkey_core::ports::SessionRow;

use crate::app::{Client, Options, TestApp};

const COOKIE: &str = "latchkey-session";

/// The live sessions that the store knows for the person behind a browser, as `/account` would list them.
async fn sessions(app: &TestApp) -> Vec<SessionRow> {
    let page = latchkey_core::ports::Page { limit: 200, cursor: None };
    let rows = app.core.store.list_audit(&latchkey_core::audit::AuditFilter::default(), &page).await.unwrap();
    let mut users: Vec<latchkey_types::UserId> =
        rows.items.iter().filter_map(|row| row.actor_id.as_deref()?.parse().ok()).collect();
    users.sort();
    users.dedup();
    let mut all = Vec::new();
    for user in users {
        all.extend(app.core.store.list_sessions(&user, app.clock.now()).await.unwrap());
    }
    all
}

/// Whether a browser is signed in: a sign-out is noted in the audit log only for somebody.
async fn is_signed_in(app: &TestApp, browser: &Client) -> bool {
    let before = sessions(app).await.len();
    let mut probe = browser.clone();
    probe.form("/sign-out", &[]).await;
    sessions(app).await.len() < before
}

#[tokio::test]
async fn the_cookie_is_a_host_cookie_wherever_people_come_by_tls() {
    let app = TestApp::with(Options { public_url: "https://portal.example", ..Options::default() }).await;
    let mut browser = app.anonymous();
    let answer = app.finish_sign_in(&mut browser, 0, "ada", "/").await;
    let cookie = answer.set_cookie("__Host-latchkey-session").unwrap();
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    for wanted in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(attributes.contains(&wanted), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn plain_name_on_http_loopback_and_the_store_sees_only_a_hash() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada").await;
    let id = &ada.cookies[COOKIE];
    let rows = sessions(&app).await;
    assert_eq!(rows.len(), 1);
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(id.as_bytes()).into();
    assert_eq!(rows[0].id_hash, hash);
    assert!(!format!("{:?}", rows[0]).contains(id.as_str()));
    assert!(rows[0].user.is_some());
}

// F-20: whatever id a browser comes with, it has another one after the sign-in, and the old one is worth nothing
#[tokio::test]
async fn signing_in_changes_the_id() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    browser.cookies.insert(COOKIE.to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    app.finish_sign_in(&mut browser, 0, "ada", "/").await;
    let first = browser.cookies[COOKIE].clone();
    assert_ne!(first, "AAAAAAAAAAAAAAAAAAAAAA");

    let old = browser.clone();
    app.finish_sign_in(&mut browser, 0, "ada", "/").await;
    assert_ne!(browser.cookies[COOKIE], first);
    assert!(!is_signed_in(&app, &old).await, "the id from before the second sign-in still works");
    assert!(is_signed_in(&app, &browser).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::new().await;
    let mut ada = app.sign_in("ada").await;
    let kept = ada.clone();
    let answer = ada.form("/sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/signed-out"));
    // ASVS 14.3.1: nor do pages stay that the browser kept for going back
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert!(sessions(&app).await.is_empty());
    assert!(!is_signed_in(&app, &kept).await);
}

#[tokio::test]
async fn after_signing_out_the_provider_is_told() {
    let app = TestApp::new().await;
    let mut ada = app.sign_in("ada").await;
    ada.form("/sign-out", &[]).await;
    let answer = ada.get("/signed-out").await;
    // a page, not a redirect: browsers hold redirects after a post to `form-action`
    assert_eq!(answer.status, 200);
    let logout = answer.header("refresh").strip_prefix("0; url=").expect("it goes on by itself");
    assert!(logout.starts_with(&format!("{}/logout?client_id=latchkey&", app.providers[0].issuer)), "{logout}");
    assert!(logout.ends_with("post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fsigned-out"), "{logout}");
    // and once only
    assert!(ada.get("/signed-out").await.headers.get("refresh").is_none());
}

// Q1
#[tokio::test]
async fn two_session_cookies_are_refused() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada").await;
    let mut twice =
        app.anonymous().with("cookie", &format!("{COOKIE}={0}; {COOKIE}=AAAAAAAAAAAAAAAAAAAAAA", ada.cookies[COOKIE]));
    assert_eq!(twice.get("/sign-in/dev").await.status, 400);
}

// Q1: over TLS the plain name means nothing
#[tokio::test]
async fn a_cookie_without_the_prefix_is_ignored() {
    let app = TestApp::with(Options { public_url: "https://portal.example", ..Options::default() }).await;
    let ada = app.sign_in("ada").await;
    let mut planted = app.anonymous();
    planted.cookies.insert(COOKIE.to_owned(), ada.cookies["__Host-latchkey-session"].clone());
    assert!(!is_signed_in(&app, &planted).await);
    assert!(is_signed_in(&app, &ada).await);
}

// F-21
#[tokio::test]
async fn idle_and_absolute_ends() {
    let limits = SessionLimits { idle: Duration::from_secs(3_600), absolute: Duration::from_secs(3 * 3_600) };
    let app = TestApp::with(Options { sessions: limits, ..Options::default() }).await;

    let idle = app.sign_in("ada").await;
    app.advance(Duration::from_secs(3_599)).await;
    idle.clone().get("/sign-in/dev").await;
    app.advance(Duration::from_secs(3_599)).await;
    idle.clone().get("/sign-in/dev").await;
    app.advance(Duration::from_secs(3_599)).await;
    idle.clone().get("/sign-in/dev").await;
    app.advance(Duration::from_secs(3)).await;
    assert!(!is_signed_in(&app, &idle).await, "three hours are over");

    let silent = app.sign_in("ada").await;
    app.advance(Duration::from_secs(3_600)).await;
    assert_eq!(silent.clone().get("/sign-in/dev").await.status, 303);
    assert!(sessions(&app).await.is_empty(), "an hour of silence");
}
