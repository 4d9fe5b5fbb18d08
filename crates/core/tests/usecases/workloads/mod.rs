//! Workload identity: tokens of GitHub Actions and Kubernetes, as both document their claims, and what must not pass.

mod passing;
mod refusals;
mod rules;

use latchkey_core::Error;
use latchkey_core::workloads::{self, NewWorkloadRule, TestReport, WorkloadRule};
use latchkey_types::{Role, ServiceAccountId};
use serde_json::{Map, Value, json};

use crate::client_assertions::{jwks, key};
use crate::service_accounts::created;
use crate::setup::{START, World};

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
