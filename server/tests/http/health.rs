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

// Prometheus' text format, version 0.0.4: each family once, its type before its samples, no sample twice, buckets that grow
#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let app = TestApp::new().await;
    for path in ["/health/live", "/sign-in", "/nothing", "/orgs/x", "/v1/verify", "/%22%0a"] {
        app.anonymous().get(path).await;
    }
    let answer = app.anonymous().get("/metrics").await;
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let (mut types, mut seen) = (std::collections::HashMap::new(), std::collections::HashSet::new());
    let mut last_bucket = (String::new(), 0.0);
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(types.insert(name, kind).is_none(), "twice: {line}");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(seen.insert(series), "twice: {line}");
        let (name, labels) = series.split_once('{').map_or((series, None), |(name, rest)| (name, Some(rest)));
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let kind = types.get(name).or_else(|| types.get(family)).unwrap_or_else(|| panic!("no type: {line}"));
        assert!(*kind != "counter" || name.ends_with("_total"), "{line}");
        let Some(labels) = labels else { continue };
        let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
        assert_eq!(labels.matches('"').count(), 2 * labels.matches("=\"").count(), "{line}");
        if let Some((of, _)) = labels.split_once(",le=").filter(|_| name.ends_with("_bucket")) {
            assert!(last_bucket.0 != of || last_bucket.1 <= value, "{line}");
            last_bucket = (of.to_owned(), value);
        }
    }
    assert!(seen.len() > 20, "{text}");
}
