//! F-12, F-13: the header table stands beside the rule in `layers/origin.rs`; here it is around every cookie route.

use crate::app::TestApp;

#[tokio::test]
async fn every_form_route_refuses_other_sites() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada").await;
    let forms: Vec<String> = app
        .routes
        .iter()
        .filter(|route| route.method == "POST" && (route.path.starts_with("/_portal") || route.path == "/sign-out"))
        .map(|route| route.path.replace(['{', '}'], ""))
        .collect();
    assert!(forms.contains(&"/sign-out".to_owned()));
    for path in forms {
        let elsewhere: [&[(&str, &str)]; 5] = [
            &[],
            &[("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
        ];
        for from in elsewhere {
            let answer = ada.clone().form_from(&path, &[], from).await;
            assert_eq!(answer.status, 403, "{path} {from:?}");
            assert!(answer.header("content-type").starts_with("application/problem+json"));
        }
    }
    // nothing was done: ada is still signed in
    assert_eq!(
        app.core
            .store
            .list_sessions(&user(&app).await, latchkey_core::clock::Clock::now(app.clock.as_ref()))
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn user(app: &TestApp) -> latchkey_types::UserId {
    let audit = latchkey_core::ports::Page { limit: 10, cursor: None };
    let rows = app.core.store.list_audit(&latchkey_core::audit::AuditFilter::default(), &audit).await.unwrap();
    rows.items.iter().find_map(|row| row.actor_id.as_deref()?.parse().ok()).expect("a sign-in")
}
