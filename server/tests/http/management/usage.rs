//! `GET /orgs/{slug}/usage`.

use latchkey_core::usage;
use serde_json::{Value, json};

use crate::world::{World, request};

#[tokio::test]
async fn verifications_are_counted() {
    let world = World::new().await;
    for _ in 0..3 {
        assert_eq!(world.verify(&world.verification_key, &world.key_secret).await["code"], "VALID");
    }
    usage::flush(&world.core).await.unwrap();
    let path = "/api/v1/orgs/acme/usage?bucket=minute&group_by=credential,api,outcome";
    let series = world.get(path, world.owner()).await.expect(200).json();
    assert_eq!(
        series,
        json!({ "series": [{
            "from": "2027-01-15T00:00:00Z", "credential": world.key, "api": world.api, "outcome": "VALID", "count": 3,
        }] })
    );
    let total = world.get("/api/v1/orgs/acme/usage", world.owner()).await.expect(200).json();
    assert_eq!(
        total,
        json!({ "series": [{ "from": "2027-01-15T00:00:00Z", "count": 3 }] }),
        "what isn't grouped by is absent"
    );

    let mut csv = request("GET", path, world.owner(), &Value::Null);
    csv.headers_mut().insert("accept", "text/csv".parse().unwrap());
    let csv = world.send(csv).await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let expected =
        format!("from,credential,api,outcome,count\r\n2027-01-15T00:00:00Z,{},{},VALID,3\r\n", world.key, world.api);
    assert_eq!(String::from_utf8(csv.body.to_vec()).unwrap(), expected);
}

#[tokio::test]
async fn bad_questions_are_422() {
    let world = World::new().await;
    for query in [
        "group_by=colour",
        "bucket=year",
        "from=yesterday",
        "from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z",
        "bucket=minute&from=2026-12-01T00:00:00Z",
    ] {
        world.get(&format!("/api/v1/orgs/acme/usage?{query}"), world.owner()).await.expect(422);
    }
}
