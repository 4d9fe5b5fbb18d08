//! The rules: who writes them, and the tester.

use latchkey_core::workloads::{self, NewWorkloadRule, SignatureProblem, TestReport, TimeProblem, Verdict};
use latchkey_core::{Error, service_accounts};
use latchkey_jose::VerifyError;
use latchkey_types::Role;
use serde_json::json;

use super::{AUDIENCE, CLUSTER, GITHUB, ORDERS, github, make, new_rule, object, sign, stage, test, with};
use crate::client_assertions::key;
use crate::jwt_bearer::ask;
use crate::service_accounts::created;
use crate::setup::{START, conflict, refused_fields};

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
