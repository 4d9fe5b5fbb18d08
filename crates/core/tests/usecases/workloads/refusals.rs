//! Outside tokens that get none.

use latchkey_core::oauth::{self, TokenRequest};
use latchkey_core::ports::FetchError;
use latchkey_core::workloads::{self, NewWorkloadRule, SignatureProblem, Verdict};
use latchkey_core::{apps, service_accounts};
use latchkey_types::Role;
use serde_json::{Value, json};

use super::{AUDIENCE, CLUSTER, GITHUB, ORDERS, github, make, new_rule, sign, stage, test, with};
use crate::apps::grant;
use crate::client_assertions::key;
use crate::jwt_bearer::{ask, request};
use crate::oauth::{claims as token_claims, word};
use crate::prover::Prover;
use crate::service_accounts::created;
use crate::setup::{START, World};

// D1, D3, D4, D5, D6, F-24: signature, issuer, audience and time, each false alone
#[tokio::test]
async fn a_bad_outside_token_is_an_invalid_grant() {
    let (world, _) = stage(GITHUB, json!({ "repository": "octo-org/octo-repo" })).await;
    let now = START.as_seconds();
    let (issuer, prover) = (key(7), Prover::new(7));
    let raw = |header: Value| prover.sign(&header, &github());
    let good = sign(&github(), "good");
    for (name, token) in [
        ("another key", key(8).sign("JWT", &github()).unwrap()),
        ("alg none", raw(json!({ "alg": "none", "kid": issuer.kid() }))),
        ("no signature", raw(json!({ "alg": "none" })).rsplit_once('.').unwrap().0.to_owned() + "."),
        ("alg HS256", raw(json!({ "alg": "HS256", "kid": issuer.kid() }))),
        ("alg RS256", raw(json!({ "alg": "RS256", "kid": issuer.kid() }))),
        ("another kid", raw(json!({ "alg": "EdDSA", "kid": "other" }))),
        ("its own key", Prover::new(8).sign(&json!({ "alg": "EdDSA", "jwk": Prover::new(8).jwk() }), &github())),
        ("an access token", issuer.sign("at+jwt", &github()).unwrap()),
        ("a logout token", issuer.sign("logout+jwt", &github()).unwrap()),
        ("another issuer", sign(&with(github(), "iss", json!("https://evil.example")), "a")),
        ("issuer with a slash", sign(&with(github(), "iss", json!(format!("{GITHUB}/"))), "a")),
        ("issuer no text", sign(&with(github(), "iss", json!([GITHUB])), "a")),
        ("ourselves", sign(&with(github(), "iss", json!(AUDIENCE)), "a")),
        ("another audience", sign(&with(github(), "aud", json!("https://github.com/octo-org")), "a")),
        ("audience that starts alike", sign(&with(github(), "aud", json!(format!("{AUDIENCE}.evil.example"))), "a")),
        ("no such audience in the list", sign(&with(github(), "aud", json!(["a", "b"])), "a")),
        ("audiences not of texts", sign(&with(github(), "aud", json!([AUDIENCE, 1])), "a")),
        ("audience no text", sign(&with(github(), "aud", json!({ "x": AUDIENCE })), "a")),
        ("expired", sign(&with(github(), "exp", json!(now)), "a")),
        ("no end", sign(&with(github(), "exp", Value::Null), "a")),
        ("over a day", sign(&with(github(), "exp", json!(now + 86_401)), "a")),
        ("not yet", sign(&with(github(), "nbf", json!(now + 31)), "a")),
        ("from the future", sign(&with(github(), "iat", json!(now + 31)), "a")),
        ("a changed claim", {
            let (head, rest) = good.split_once('.').unwrap();
            let (_, signature) = rest.split_once('.').unwrap();
            let other = sign(&with(github(), "repository", json!("octo-org/octo-repo2")), "good");
            format!("{head}.{}.{signature}", other.split('.').nth(1).unwrap())
        }),
        ("huge", format!("{good}{}", "A".repeat(20_000))),
        ("no JWT", "secret".to_owned()),
    ] {
        assert_eq!(ask(&world, &token, ORDERS).await, "invalid_grant", "{name}");
    }
    assert_eq!(ask(&world, &good, ORDERS).await, "issued");
    assert_eq!(ask(&world, &raw(json!({ "alg": "EdDSA" })), ORDERS).await, "issued", "without kid and typ");
}

// F-30: keys that can't be had are 503 for this issuer, and stand in nobody else's way
#[tokio::test]
async fn an_issuer_that_is_down() {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read"]).await;
    let id = created(&world, &[Role::Developer]).await;
    let down = new_rule(GITHUB, json!({ "repository": "octo-org/octo-repo" }), id.as_str());
    make(&world, NewWorkloadRule { jwks: None, ..down.clone() }).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "a"), ORDERS).await, "unavailable");
    let report = test(&world, &sign(&github(), "a")).await;
    assert!(matches!(report.rules[0].signature, Some(Err(SignatureProblem::Keys(_)))), "{report:?}");
    world.fetcher.fail(&format!("{GITHUB}/.well-known/openid-configuration"), FetchError::TooLarge);
    make(&world, down).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "a"), ORDERS).await, "issued", "by a rule with keys of its own");
    assert_eq!(ask(&world, &sign(&with(github(), "iss", json!(CLUSTER)), "b"), ORDERS).await, "invalid_grant");
}

// J3, "replay table": by jti, or by the whole token
#[tokio::test]
async fn an_outside_token_holds_once() {
    let (world, _) = stage(GITHUB, json!({ "repository": "octo-org/octo-repo" })).await;
    let token = sign(&github(), "once");
    assert_eq!(ask(&world, &token, "https://nowhere.example").await, "invalid_target");
    assert_eq!(ask(&world, &token, ORDERS).await, "issued");
    assert_eq!(ask(&world, &token, ORDERS).await, "invalid_grant");
    assert_eq!(ask(&world, &sign(&with(github(), "sha", json!("other")), "once"), ORDERS).await, "invalid_grant");
    for (number, jti) in [Value::Null, json!(""), json!(7)].into_iter().enumerate() {
        let claims = with(with(github(), "jti", jti), "run_id", json!(number.to_string()));
        let token = key(7).sign("JWT", &claims).unwrap();
        assert_eq!(ask(&world, &token, ORDERS).await, "issued", "{claims}");
        assert_eq!(ask(&world, &token, ORDERS).await, "invalid_grant", "{claims}");
    }
}

// the principal's own state holds; an app will do as well as an account
#[tokio::test]
async fn the_principal_is_looked_at_each_time() {
    let (world, id) = stage(GITHUB, json!({ "repository": "octo-org/octo-repo" })).await;
    let admin = world.acme(Role::Admin);
    service_accounts::disable(&world.core, &admin, "acme", &id).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "a"), ORDERS).await, "invalid_grant");
    let report = test(&world, &sign(&github(), "a")).await;
    assert!(report.rules[0].matches && !report.rules[0].principal_is_active);
    let app = crate::apps::create(&world, vec![grant(ORDERS, &["read"])]).await.unwrap().app.id;
    let (listed, rule) =
        (workloads::list(&world.core, &admin, "acme").await.unwrap(), json!({ "repository": "octo-org/octo-repo" }));
    workloads::delete(&world.core, &admin, "acme", &listed[0].id).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "b"), ORDERS).await, "invalid_grant", "without a rule");
    make(&world, new_rule(GITHUB, rule, app.as_str())).await.unwrap();
    let token = oauth::token(&world.core, request(&sign(&github(), "c"), ORDERS)).await.unwrap();
    assert_eq!(token_claims(&world, &token).await.client_id, app.as_str());
    apps::revoke(&world.core, &admin, "acme", &app, None).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "d"), ORDERS).await, "invalid_grant");
    let unused = crate::apps::create(&world, vec![]).await.unwrap().app.id;
    make(&world, new_rule(GITHUB, json!({ "actor": "octocat" }), unused.as_str())).await.unwrap();
    apps::delete(&world.core, &admin, "acme", &unused).await.unwrap();
    let left = workloads::list(&world.core, &admin, "acme").await.unwrap();
    assert!(left.iter().all(|rule| rule.principal != unused.as_str()), "gone with its principal");
}

// two rules for one principal agree; for two principals they don't, unless the request names one
#[tokio::test]
async fn a_token_for_two_is_for_nobody() {
    let (world, id) = stage(GITHUB, json!({ "repository": "octo-org/octo-repo" })).await;
    make(&world, new_rule(GITHUB, json!({ "repository_owner": "octo-org" }), id.as_str())).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "a"), ORDERS).await, "issued");
    let other = created(&world, &[Role::Developer]).await;
    make(&world, new_rule(GITHUB, json!({ "actor": "octocat" }), other.as_str())).await.unwrap();
    assert_eq!(ask(&world, &sign(&github(), "b"), ORDERS).await, "invalid_grant");
    assert_eq!(test(&world, &sign(&github(), "b")).await.verdict, Verdict::Ambiguous);
    for (number, principal) in [&id, &other].into_iter().enumerate() {
        let named = TokenRequest {
            client_id: Some(principal.to_string()),
            ..request(&sign(&github(), &format!("named {number}")), ORDERS)
        };
        let token = oauth::token(&world.core, named).await.unwrap();
        assert_eq!(token_claims(&world, &token).await.sub, principal.as_str());
    }
    let nobody =
        TokenRequest { client_id: Some("sa_0000000000000000".into()), ..request(&sign(&github(), "c"), ORDERS) };
    assert_eq!(word(&oauth::token(&world.core, nobody).await), "invalid_grant");
}
