//! Workload identity: tokens of GitHub Actions and Kubernetes, as both document their claims, and what must not pass.

use latchkey_core::oauth::TokenRequest;
use latchkey_core::ports::FetchError;
use latchkey_core::workloads::{
    self, NewWorkloadRule, SignatureProblem, TestReport, TimeProblem, Verdict, WorkloadRule,
};
use latchkey_core::{Error, apps, oauth, service_accounts};
use latchkey_jose::{Algorithm, Cred, SigningKey, VerifyError};
use latchkey_types::{Role, ServiceAccountId};
use serde_json::{Map, Value, json};

use crate::apps::grant;
use crate::client_assertions::{jwks, key};
use crate::jwt_bearer::{ask, request};
use crate::oauth::{claims as token_claims, word};
use crate::prover::Prover;
use crate::service_accounts::created;
use crate::setup::{START, World, conflict, refused_fields};

const ORDERS: &str = "https://orders.example";
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const CLUSTER: &str = "https://kubernetes.default.svc.cluster.local";
const AUDIENCE: &str = "https://portal.example";

/// The claims that GitHub documents for a push to `main` ("OpenID Connect reference").
fn github() -> Value {
    let now = START.as_seconds();
    json!({
        "jti": "example-id", "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "environment": "prod",
        "aud": AUDIENCE, "ref": "refs/heads/main", "sha": "example-sha", "repository": "octo-org/octo-repo",
        "repository_owner": "octo-org", "actor_id": "12", "repository_visibility": "private", "repository_id": "74",
        "repository_owner_id": "65", "run_id": "example-run-id", "run_number": "10", "run_attempt": "2",
        "runner_environment": "github-hosted", "actor": "octocat", "workflow": "example-workflow", "head_ref": "",
        "base_ref": "", "event_name": "workflow_dispatch", "ref_type": "branch",
        "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
        "iss": GITHUB, "nbf": now - 600, "exp": now + 300, "iat": now,
    })
}

/// The claims of a projected service account token, as Kubernetes documents them ("Schema for service account private claims").
fn kubernetes() -> Value {
    let now = START.as_seconds();
    json!({
        "aud": [AUDIENCE], "exp": now + 600, "iat": now, "nbf": now, "iss": CLUSTER,
        "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a",
        "kubernetes.io": {
            "namespace": "shop",
            "node": { "name": "127.0.0.1", "uid": "58456cb0-dd00-45ed-b797-5578fdceaced" },
            "pod": { "name": "till-69cbfb9798-jv9gn", "uid": "778a530c-b3f4-47c0-9cd5-ab018fb64f33" },
            "serviceaccount": { "name": "till", "uid": "a087d5a0-e1dd-43ec-93ac-f13d89cd13af" },
            "warnafter": now + 500,
        },
        "sub": "system:serviceaccount:shop:till",
    })
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn new_rule(issuer: &str, claims: Value, principal: &str) -> NewWorkloadRule {
    NewWorkloadRule {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        claims: object(claims),
        jwks: Some(jwks(&[&key(7)])),
        principal: principal.to_owned(),
    }
}

async fn make(world: &World, new: NewWorkloadRule) -> Result<WorkloadRule, Error> {
    workloads::create(&world.core, &world.acme(Role::Admin), "acme", new).await
}

/// `acme` with an API, an account that may all of it, and a rule for it with these claims.
async fn stage(issuer: &str, claims: Value) -> (World, ServiceAccountId) {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read"]).await;
    let id = created(&world, &[Role::Developer]).await;
    make(&world, new_rule(issuer, claims, id.as_str())).await.unwrap();
    (world, id)
}

/// Signed by the issuer's key, with another `jti` each time.
fn sign(claims: &Value, jti: &str) -> String {
    let mut claims = claims.clone();
    claims["jti"] = json!(jti);
    key(7).sign("JWT", &claims).unwrap()
}

fn with(mut claims: Value, member: &str, value: Value) -> Value {
    claims[member] = value;
    claims
}

async fn test(world: &World, token: &str) -> TestReport {
    workloads::test(&world.core, &world.acme(Role::Admin), "acme", token).await.unwrap()
}

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

// "which rule matches and why not"; nothing is used up, kept or logged
#[tokio::test]
async fn the_tester_says_what_is_wrong() {
    let (world, id) = stage(GITHUB, json!({ "repository": "octo-org/octo-repo", "ref": "refs/heads/main" })).await;
    let elsewhere = new_rule(CLUSTER, json!({ "sub": "x" }), id.as_str());
    make(&world, elsewhere).await.unwrap();
    let before = world.audit_text().await;
    let token = sign(&github(), "a");
    let report = test(&world, &token).await;
    assert_eq!(report.verdict, Verdict::Principal(id.to_string()));
    let of = |report: &TestReport, issuer: &str| {
        report.rules.iter().find(|rule| rule.rule.issuer == issuer).cloned().unwrap()
    };
    let (here, there) = (of(&report, GITHUB), of(&report, CLUSTER));
    assert!(here.matches && here.evaluation.claims.iter().all(|claim| claim.holds));
    assert!(!there.matches && !there.evaluation.issuer.holds && there.signature.is_none());

    let wrong = with(with(github(), "ref", json!("refs/heads/dev")), "exp", json!(START.as_seconds()));
    let wrong = with(wrong, "aud", json!(["other"]));
    let report = test(&world, &key(8).sign("JWT", &wrong).unwrap()).await;
    assert_eq!(report.verdict, Verdict::NoRule);
    let here = of(&report, GITHUB);
    assert_eq!(here.signature, Some(Err(SignatureProblem::Token(VerifyError::UnknownKey))));
    assert_eq!(here.evaluation.time, Err(TimeProblem::Expired));
    assert_eq!(here.evaluation.audience.found, Some(json!(["other"])));
    let [branch, repository] = &here.evaluation.claims[..] else { panic!("{here:?}") };
    assert_eq!((branch.name.as_str(), branch.holds, &branch.found), ("ref", false, &Some(json!("refs/heads/dev"))));
    assert!(repository.holds);

    assert_eq!(world.audit_text().await, before, "no row");
    assert_eq!(ask(&world, &token, ORDERS).await, "issued", "not used up");
    for bad in ["", "x", "a.b.c", &"e".repeat(20_000)] {
        let refused = workloads::test(&world.core, &world.acme(Role::Admin), "acme", bad).await;
        assert_eq!(refused_fields(refused), ["token"]);
    }
}

// API5, F-14
#[tokio::test]
async fn who_may_manage_rules() {
    let (world, id) = stage(GITHUB, json!({ "actor": "octocat" })).await;
    let core = &world.core;
    let rule = || new_rule(GITHUB, json!({ "repository": "x" }), id.as_str());
    for role in Role::ALL {
        let caller = world.acme(role);
        let made = workloads::create(core, &caller, "acme", rule()).await;
        assert_eq!(made.is_ok(), role >= Role::Admin, "{role}");
        assert_eq!(workloads::test(core, &caller, "acme", &sign(&github(), "a")).await.is_ok(), role >= Role::Admin);
        let listed = workloads::list(core, &caller, "acme").await.unwrap();
        let deleted = workloads::delete(core, &caller, "acme", &listed[0].id).await;
        assert_eq!(deleted.is_ok(), role >= Role::Admin);
    }
    // an admin who could bind an owner's account would be an owner
    let boss = created(&world, &[Role::Owner]).await;
    let forbidden = make(&world, new_rule(GITHUB, json!({ "repository": "x" }), boss.as_str())).await;
    assert!(matches!(forbidden, Err(Error::Forbidden(_))));
    let (stranger, listed) =
        (world.globex(Role::Owner), workloads::list(core, &world.acme(Role::Viewer), "acme").await.unwrap());
    for org in ["acme", "globex"] {
        assert!(matches!(workloads::delete(core, &stranger, org, &listed[0].id).await, Err(Error::NotFound)));
    }
    assert!(matches!(workloads::list(core, &stranger, "acme").await, Err(Error::NotFound)));
    assert!(matches!(workloads::test(core, &stranger, "acme", "x").await, Err(Error::NotFound)));
    let foreign = workloads::create(core, &stranger, "globex", rule()).await;
    assert_eq!(refused_fields(foreign), ["principal"]);
    assert!(workloads::list(core, &stranger, "globex").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_typed_is_checked() {
    let (world, id) = stage(GITHUB, json!({ "actor": "octocat" })).await;
    let typed = NewWorkloadRule {
        issuer: "http://idp.example".to_owned(),
        audience: "*".to_owned(),
        claims: object(json!({ "sub": "repo:o*" })),
        jwks: Some(json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] })),
        principal: "usr_0000000000000000".to_owned(),
    };
    let fields = refused_fields(make(&world, typed).await);
    assert_eq!(fields, ["issuer", "audience", "claims/sub", "jwks", "principal"]);
    let itself = NewWorkloadRule { issuer: AUDIENCE.to_owned(), ..new_rule("", json!({ "sub": "x" }), id.as_str()) };
    assert_eq!(refused_fields(make(&world, itself).await), ["issuer"]);
    service_accounts::revoke(&world.core, &world.acme(Role::Admin), "acme", &id, None).await.unwrap();
    let ended = make(&world, new_rule(GITHUB, json!({ "sub": "x" }), id.as_str())).await;
    assert_eq!(refused_fields(ended), ["principal"]);
    let other = created(&world, &[Role::Viewer]).await;
    for number in 1..workloads::MAX_WORKLOAD_RULES {
        make(&world, new_rule(GITHUB, json!({ "sub": number.to_string() }), other.as_str())).await.unwrap();
    }
    let more = make(&world, new_rule(GITHUB, json!({ "sub": "x" }), other.as_str())).await;
    assert_eq!(conflict(more), "too-many-rules");
    world.suspend(&world.acme).await;
    let suspended = make(&world, new_rule(GITHUB, json!({ "sub": "x" }), other.as_str())).await;
    assert!(matches!(suspended, Err(Error::Forbidden(_))));
}
