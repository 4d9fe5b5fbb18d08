//! Rate limits and credits over the management API, and what verify answers then.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{new_api, new_app, new_key};

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn pointers(refused: &Value) -> Vec<&str> {
    refused["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

// contract sections 4 and 8
#[tokio::test]
async fn a_keys_limits_and_credits_are_set_shown_and_answered() {
    let world = World::new().await;
    let keys = "/api/v1/orgs/acme/keys";
    let limits = json!([
        { "name": "default", "limit": 2, "window_seconds": 60 },
        { "name": "daily", "limit": 50, "window_seconds": 86_400, "mode": "exact", "on_unknown": "allow" },
    ]);
    let credits = json!({ "remaining": 3, "refill": { "amount": 5, "every": "month" } });
    let body = with(with(new_key(), "rate_limits", limits), "credits", credits);
    let made = world.post(keys, world.owner(), &body).await.expect(201).json();
    let shown = json!([
        { "name": "default", "limit": 2, "window_seconds": 60, "mode": "local", "on_unknown": "refuse" },
        { "name": "daily", "limit": 50, "window_seconds": 86_400, "mode": "exact", "on_unknown": "allow" },
    ]);
    assert_eq!(made["rate_limits"], shown);
    let refill = json!({ "amount": 5, "every": "month" });
    assert_eq!(made["credits"], json!({ "remaining": 3, "refill": refill, "on_unknown": "refuse" }));

    let secret = made["secret"].as_str().unwrap();
    let answer = world.verify(&world.verification_key, secret).await;
    let state = |name: &str, limit: i64, remaining: i64, reset: i64| json!({ "name": name, "limit": limit, "remaining": remaining, "reset_seconds": reset });
    assert_eq!(answer["valid"], true);
    assert_eq!(answer["rate_limits"], json!([state("default", 2, 1, 30), state("daily", 50, 49, 1_728)]));
    assert_eq!(answer["credits_remaining"], 2);
    world.verify(&world.verification_key, secret).await;
    let refused = world.verify(&world.verification_key, secret).await;
    assert_eq!((&refused["valid"], &refused["code"]), (&json!(false), &json!("RATE_LIMITED")));
    assert_eq!(refused["rate_limits"], json!([state("default", 2, 0, 60), state("daily", 50, 48, 3_456)]));
    assert_eq!(refused["credits_remaining"], 1);

    let path = format!("{keys}/{}", made["id"].as_str().unwrap());
    let seen = world.get(&path, world.owner()).await.expect(200).json();
    assert_eq!(seen["credits"]["remaining"], 1, "what is left now");
    assert_eq!(world.get(keys, world.owner()).await.expect(200).json()["items"][0]["credits"]["remaining"], 1);
    let change = json!({ "rate_limits": null, "credits": { "remaining": 1 } });
    let changed = world.call("PATCH", &path, world.owner(), &change).await.expect(200).json();
    assert_eq!((&changed["rate_limits"], &changed["credits"]["refill"]), (&json!([]), &Value::Null));
    world.verify(&world.verification_key, secret).await;
    let exhausted = world.verify(&world.verification_key, secret).await;
    assert_eq!((&exhausted["code"], &exhausted["credits_remaining"]), (&json!("CREDITS_EXHAUSTED"), &json!(0)));
    assert!(exhausted.get("rate_limits").is_none() || exhausted["rate_limits"] == json!([]));
    let none = world.call("PATCH", &path, world.owner(), &json!({ "credits": null })).await.expect(200).json();
    assert_eq!(none["credits"], Value::Null);
    assert_eq!(world.verify(&world.verification_key, secret).await["valid"], true);
}

// issue 4: limits of 0, negative, 2^63
#[tokio::test]
async fn bad_limits_are_422_and_named() {
    let world = World::new().await;
    let limit = |limit: Value, window: Value| json!([{ "name": "a", "limit": limit, "window_seconds": window }]);
    let beyond: Value = serde_json::from_str("9223372036854775808").unwrap();
    let keys = "/api/v1/orgs/acme/keys";
    for bad in [json!(0), json!(-1), beyond.clone(), json!(1.5), json!("1"), json!(i64::MAX), Value::Null] {
        let body = with(new_key(), "rate_limits", limit(bad.clone(), json!(60)));
        let refused = world.post(keys, world.owner(), &body).await.expect(422).json();
        assert_eq!(pointers(&refused), ["/rate_limits/0/limit"], "{bad}");
        let body = with(new_key(), "rate_limits", limit(json!(1), bad.clone()));
        let refused = world.post(keys, world.owner(), &body).await.expect(422).json();
        assert_eq!(pointers(&refused), ["/rate_limits/0/window_seconds"], "{bad}");
    }
    for bad in [json!(-1), beyond, json!(i64::MAX)] {
        let body = with(new_key(), "credits", json!({ "remaining": bad }));
        let refused = world.post(keys, world.owner(), &body).await.expect(422).json();
        assert_eq!(pointers(&refused), ["/credits/remaining"]);
    }
    for (member, bad, pointer) in [
        ("rate_limits", json!([{ "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 }]), "/rate_limits/0/burst"),
        (
            "rate_limits",
            json!([{ "name": "a", "limit": 1, "window_seconds": 1, "mode": "fuzzy" }]),
            "/rate_limits/0/mode",
        ),
        ("credits", json!({ "remaining": 1, "refill": { "amount": 0, "every": "day" } }), "/credits/refill/amount"),
        ("credits", json!({ "remaining": 1, "refill": { "amount": 1, "every": "year" } }), "/credits/refill/every"),
    ] {
        let refused = world.post(keys, world.owner(), &with(new_key(), member, bad)).await.expect(422).json();
        assert_eq!(pointers(&refused), [pointer]);
    }
    let api = with(
        new_api("https://limited.example"),
        "plans",
        json!([{ "name": "", "rate_limits": limit(json!(0), json!(1)) }]),
    );
    let refused = world.post("/api/v1/orgs/acme/apis", world.owner(), &api).await.expect(422).json();
    assert_eq!(pointers(&refused), ["/plans/0/name", "/plans/0/rate_limits/0/limit"]);
}

#[tokio::test]
async fn consumers_have_limits_and_plans() {
    let world = World::new().await;
    let api = format!("/api/v1/orgs/acme/apis/{}", world.api);
    let limits = json!([{ "name": "hourly", "limit": 9, "window_seconds": 3_600 }]);
    let plans = json!({ "plans": [{ "name": "pro", "rate_limits": limits, "credits": { "remaining": 4 } }] });
    let changed = world.call("PATCH", &api, world.owner(), &plans).await.expect(200).json();
    assert_eq!(changed["plans"][0]["credits"]["remaining"], 4);
    let consumer = format!("{api}/consumers/globex");
    let policy = world.call("PUT", &consumer, world.owner(), &json!({ "plan": "pro" })).await.expect(200).json();
    assert_eq!((&policy["plan"], &policy["credits"]), (&json!("pro"), &Value::Null));
    let answer = world.verify(&world.verification_key, &world.foreign_key_secret).await;
    assert_eq!((&answer["rate_limits"][0]["remaining"], &answer["credits_remaining"]), (&json!(8), &json!(3)));
    let own = json!({ "credits": { "remaining": 2 }, "rate_limits": [] });
    let policy = world.call("PUT", &consumer, world.owner(), &own).await.expect(200).json();
    assert_eq!(policy["credits"]["remaining"], 2);
    world.verify(&world.verification_key, &world.foreign_key_secret).await;
    let listed = world.get(&format!("{api}/consumers"), world.owner()).await.expect(200).json();
    let globex =
        listed["items"].as_array().unwrap().iter().find(|item| item["organisation"]["slug"] == "globex").unwrap();
    assert_eq!(globex["credits"]["remaining"], 1);
    let refused = world.call("PUT", &consumer, world.owner(), &json!({ "plan": "gold" })).await.expect(422).json();
    assert_eq!(pointers(&refused), ["/plan"]);
    // whoever holds the key doesn't set its limits
    let path = format!("/api/v1/orgs/globex/keys/{}", world.foreign_key);
    world.call("PATCH", &path, &world.foreign, &json!({ "rate_limits": [] })).await.expect(403);
    let path = format!("{api}/keys/{}", world.foreign_key);
    let said =
        world.call("PATCH", &path, world.owner(), &json!({ "credits": { "remaining": 7 } })).await.expect(200).json();
    assert_eq!(said["credits"]["remaining"], 7);
}

#[tokio::test]
async fn apps_have_rate_limits() {
    let world = World::new().await;
    let made = world.post("/api/v1/orgs/acme/apps", world.owner(), &new_app()).await.expect(201).json();
    let path = format!("/api/v1/orgs/acme/apps/{}", made["id"].as_str().unwrap());
    let limits = json!({ "rate_limits": [{ "name": "a", "limit": 5, "window_seconds": 1 }] });
    let changed = world.call("PATCH", &path, world.owner(), &limits).await.expect(200).json();
    assert_eq!(changed["rate_limits"][0]["limit"], 5);
    let zero = json!({ "rate_limits": [{ "name": "a", "limit": 0, "window_seconds": 1 }] });
    world.call("PATCH", &path, world.owner(), &zero).await.expect(422);
    let none = world.call("PATCH", &path, world.owner(), &json!({ "rate_limits": null })).await.expect(200).json();
    assert_eq!(none["rate_limits"], json!([]));
    // from the start, too
    let new = with(new_app(), "rate_limits", limits["rate_limits"].clone());
    let made = world.post("/api/v1/orgs/acme/apps", world.owner(), &new).await.expect(201).json();
    assert_eq!(made["rate_limits"][0]["limit"], 5);
    let new = json!({ "name": "Deploy", "roles": ["viewer"], "rate_limits": zero["rate_limits"] });
    let refused = world.post("/api/v1/orgs/acme/service-accounts", world.owner(), &new).await.expect(422).json();
    assert_eq!(pointers(&refused), ["/rate_limits/0/limit"]);
}
