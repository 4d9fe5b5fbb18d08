//! Outside tokens that get one of ours.

use latchkey_core::oauth;
use latchkey_core::workloads::NewWorkloadRule;
use latchkey_jose::{Algorithm, Cred, SigningKey};
use latchkey_types::Role;
use serde_json::{Value, json};

use super::{AUDIENCE, CLUSTER, GITHUB, ORDERS, github, kubernetes, make, new_rule, sign, stage, with};
use crate::client_assertions::jwks;
use crate::jwt_bearer::{ask, request};
use crate::oauth::claims as token_claims;
use crate::service_accounts::created;
use crate::setup::{START, World};

// GitHub Actions: a branch of one repository
#[tokio::test]
async fn a_github_job_gets_a_token() {
    let rule = json!({ "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "repository_owner_id": "65" });
    let (world, id) = stage(GITHUB, rule).await;
    let token = oauth::token(&world.core, request(&sign(&github(), "a"), ORDERS)).await.unwrap();
    assert_eq!((token.expires_in, token.scope.to_string().as_str()), (300, "read"));
    let claims = token_claims(&world, &token).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (id.as_str(), id.as_str()));
    assert_eq!((claims.cred, claims.exp), (Cred::JwtBearer, START.plus_seconds(300)));
    // no personal data, and nothing of the outside token
    let text = serde_json::to_string(&claims).unwrap();
    assert!(!text.contains("octo"), "{text}");
    for (member, value) in [
        ("sub", json!("repo:octo-org/octo-repo:ref:refs/heads/dev")),
        ("sub", json!("repo:octo-org/octo-repo:pull_request")),
        ("sub", json!("repo:octo-org/octo-repo:ref:refs/heads/main2")),
        ("sub", json!(["repo:octo-org/octo-repo:ref:refs/heads/main"])),
        ("sub", json!({ "": "repo:octo-org/octo-repo:ref:refs/heads/main" })),
        ("sub", Value::Null),
        ("repository_owner_id", json!(65)),
        ("repository_owner_id", json!("651")),
        ("repository_owner_id", json!("")),
    ] {
        let token = sign(&with(github(), member, value.clone()), "b");
        assert_eq!(ask(&world, &token, ORDERS).await, "invalid_grant", "{member} {value}");
    }
    let mut missing = github();
    missing.as_object_mut().unwrap().remove("repository_owner_id");
    assert_eq!(ask(&world, &sign(&missing, "c"), ORDERS).await, "invalid_grant");
}

// a whole organisation, and none whose name merely starts alike
#[tokio::test]
async fn a_wildcard_lets_in_what_it_names_alone() {
    let rule =
        json!({ "sub": "repo:octo-org/*", "repository_owner": "octo-org", "runner_environment": "github-hosted" });
    let (world, _) = stage(GITHUB, rule).await;
    for (number, sub) in
        ["repo:octo-org/a:ref:refs/heads/x", "repo:octo-org/b:environment:prod"].into_iter().enumerate()
    {
        let token = sign(&with(github(), "sub", json!(sub)), &number.to_string());
        assert_eq!(ask(&world, &token, ORDERS).await, "issued", "{sub}");
    }
    for sub in
        ["repo:octo-org-evil/x:ref:refs/heads/main", "repo:octo-org", "repo:octo-org/", "repo:OCTO-ORG/x", "octo-org/x"]
    {
        let token = sign(&with(github(), "sub", json!(sub)), "z");
        assert_eq!(ask(&world, &token, ORDERS).await, "invalid_grant", "{sub}");
    }
    let own_runner = sign(&with(github(), "runner_environment", json!("self-hosted")), "z");
    assert_eq!(ask(&world, &own_runner, ORDERS).await, "invalid_grant");
}

// Kubernetes: nested claims by JSON pointer, `aud` a list
#[tokio::test]
async fn a_pod_gets_a_token() {
    let rule = json!({
        "sub": "system:serviceaccount:shop:till", "/kubernetes.io/namespace": "shop",
        "/kubernetes.io/serviceaccount/name": "till", "/kubernetes.io/serviceaccount/uid": "a087d5a0-e1dd-43ec-93ac-f13d89cd13af",
    });
    let (world, id) = stage(CLUSTER, rule).await;
    let token = oauth::token(&world.core, request(&sign(&kubernetes(), "a"), ORDERS)).await.unwrap();
    assert_eq!(token_claims(&world, &token).await.sub, id.as_str());
    let two = with(kubernetes(), "aud", json!(["https://kubernetes.default.svc", AUDIENCE]));
    assert_eq!(ask(&world, &sign(&two, "b"), ORDERS).await, "issued");
    let mut another = kubernetes();
    // the account was deleted and made anew under the same name
    another["kubernetes.io"]["serviceaccount"]["uid"] = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(ask(&world, &sign(&another, "c"), ORDERS).await, "invalid_grant");
    for other in [json!({}), json!([]), json!("shop"), json!({ "namespace": ["shop"] })] {
        assert_eq!(ask(&world, &sign(&with(kubernetes(), "kubernetes.io", other), "d"), ORDERS).await, "invalid_grant");
    }
    // the claim's name has dots of its own: nothing else stands for the path
    let flat = with(with(kubernetes(), "/kubernetes.io/namespace", json!("shop")), "kubernetes.io", json!({}));
    assert_eq!(ask(&world, &sign(&flat, "e"), ORDERS).await, "invalid_grant");
}

// A namespace, with a wildcard behind a colon
#[tokio::test]
async fn a_namespace_is_not_its_neighbour() {
    let rule = json!({ "sub": "system:serviceaccount:shop:*", "/kubernetes.io/namespace": "shop" });
    let (world, _) = stage(CLUSTER, rule).await;
    assert_eq!(ask(&world, &sign(&kubernetes(), "a"), ORDERS).await, "issued");
    let neighbour = with(kubernetes(), "sub", json!("system:serviceaccount:shop-evil:till"));
    assert_eq!(ask(&world, &sign(&neighbour, "b"), ORDERS).await, "invalid_grant");
}

// an issuer that signs as it will: RS256 as both of them do, and the others that are taken
#[tokio::test]
async fn every_algorithm_by_discovery() {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read"]).await;
    let id = created(&world, &[Role::Developer]).await;
    let new = new_rule(GITHUB, json!({ "repository": "octo-org/octo-repo" }), id.as_str());
    make(&world, NewWorkloadRule { jwks: None, ..new }).await.unwrap();
    let keys: Vec<SigningKey> =
        Algorithm::ALL.map(|alg| SigningKey::generate(alg, |buffer| world.core.random.fill(buffer)).unwrap()).into();
    let (discovery, set) = (format!("{GITHUB}/.well-known/openid-configuration"), format!("{GITHUB}/.well-known/jwks"));
    world.fetcher.answer(&discovery, &json!({ "issuer": GITHUB, "jwks_uri": set }));
    world.fetcher.answer(&set, &jwks(&keys.iter().collect::<Vec<_>>()));
    for key in &keys {
        let claims = with(github(), "jti", json!(key.kid()));
        assert_eq!(ask(&world, &key.sign("JWT", &claims).unwrap(), ORDERS).await, "issued", "{}", key.alg());
    }
    assert_eq!(world.fetcher.calls(&set), 1);
}
