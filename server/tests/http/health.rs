use crate::app::TestApp;

#[tokio::test]
async fn live_ready_and_metrics() {
    let app = TestApp::new().await;
    let mut anyone = app.anonymous();
    assert_eq!(anyone.get("/health/live").await.json(), serde_json::json!({ "status": "ok" }));
    assert_eq!(anyone.get("/health/ready").await.status, 200);
    let metrics = anyone.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    let counted = "latchkey_http_requests_total{method=\"GET\",route=\"/health/live\",status=\"200\"} 1";
    assert!(metrics.text().lines().any(|line| line == counted), "{}", metrics.text());
    assert!(metrics.text().contains("latchkey_verified_cache_entries"));
}

// a replica that hasn't seen the change log lately isn't ready: it would answer 503 to every verification
#[tokio::test]
async fn not_ready_when_the_change_log_is_too_old() {
    let app = TestApp::new().await;
    app.clock.advance(std::time::Duration::from_secs(3));
    let answer = app.anonymous().get("/health/ready").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    app.advance(std::time::Duration::ZERO).await;
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
}
