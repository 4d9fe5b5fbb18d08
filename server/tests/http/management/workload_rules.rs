//! Workload rules, and the place where one sees which of them takes a token.

use serde_json::{Value, json};

use crate::world::new_bodies::new_workload_rule;
use crate::world::{World, issuer_key, workload_token};

const RULES: &str = "/api/v1/orgs/acme/workload-rules";

#[tokio::test]
async fn a_rule_as_it_is_made_and_shown() {
    let world = World::new().await;
    let new = new_workload_rule(&world.client);
    let made = world.post(RULES, world.owner(), &new).await.expect(201).json();
    assert!(made["id"].as_str().unwrap().starts_with("wr_"));
    for member in ["issuer", "audience", "claims", "principal"] {
        assert_eq!(made[member], new[member]);
    }
    assert_eq!(made["jwks"]["keys"][0]["x"], new["jwks"]["keys"][0]["x"]);
    let listed = world.get(RULES, world.owner()).await.expect(200).json();
    assert!(listed["items"].as_array().unwrap().contains(&made));
    for (member, value, pointer) in [
        ("nonsense", json!(1), "/nonsense"),
        ("issuer", json!("http://idp.example"), "/issuer"),
        ("issuer", json!("http://localhost:3000"), "/issuer"),
        ("audience", json!("*"), "/audience"),
        ("claims", json!({}), "/claims"),
        ("claims", json!({ "sub": "repo:octo-org/*" }), "/claims"),
        ("claims", json!({ "sub": "repo:octo*", "actor": "octocat" }), "/claims/sub"),
        ("claims", json!({ "iss": "https://x/*", "actor": "octocat" }), "/claims/iss"),
        ("claims", json!({ "actor": 1 }), "/claims/actor"),
        ("claims", json!([]), "/claims"),
        ("jwks", json!({ "keys": [{ "kty": "RSA" }] }), "/jwks"),
        ("principal", json!("app_0000000000000000"), "/principal"),
        ("principal", json!(world.foreign_key), "/principal"),
    ] {
        let mut body = new.clone();
        body[member] = value;
        let answer = world.post(RULES, world.owner(), &body).await.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
    }
}

// "pastes a token and sees which rule matches and why not"
#[tokio::test]
async fn the_tester() {
    let world = World::new().await;
    let test = async |token: &str| {
        world.post(&format!("{RULES}/test"), world.owner(), &json!({ "token": token })).await.expect(200).json()
    };
    let now = world.core.clock.now();
    let report = test(&workload_token("1", now)).await;
    assert_eq!((&report["result"], &report["principal"]), (&json!("match"), &json!(world.service_account)));
    let rule = &report["rules"][0];
    assert_eq!((&rule["rule"], &rule["matches"]), (&json!(world.workload_rule), &json!(true)));
    assert_eq!((&rule["signature"]["holds"], &rule["time"]["holds"]), (&json!(true), &json!(true)));

    let claims = json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": "other", "exp": now.as_seconds() - 1,
        "sub": "repo:octo-org/octo-repo-evil:ref:refs/heads/main",
    });
    let report = test(&issuer_key().sign("JWT", &claims).unwrap()).await;
    assert_eq!((&report["result"], &report["principal"]), (&json!("no_match"), &Value::Null));
    let rule = &report["rules"][0];
    assert_eq!((&rule["signature"]["holds"], &rule["issuer"]["holds"]), (&json!(true), &json!(true)));
    assert_eq!(rule["time"], json!({ "holds": false, "problem": "the token has expired" }));
    assert_eq!((&rule["audience"]["found"], &rule["audience"]["holds"]), (&json!("other"), &json!(false)));
    let claims = rule["claims"].as_array().unwrap();
    assert_eq!(
        claims[0],
        json!({ "claim": "repository", "expected": "octo-org/octo-repo", "found": null, "holds": false })
    );
    assert_eq!((&claims[1]["claim"], &claims[1]["holds"]), (&json!("sub"), &json!(false)));

    let refused = world.post(&format!("{RULES}/test"), world.owner(), &json!({ "token": "canary" })).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/token");
    assert!(!String::from_utf8_lossy(&refused.body).contains("canary"));
}
