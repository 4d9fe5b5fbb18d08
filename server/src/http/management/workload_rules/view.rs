//! Workload rules as the management API shows them.

use std::collections::BTreeMap;
use std::fmt;

use latchkey_core::workloads;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::Problem;

/// Which tokens of an outside issuer stand for an app or service account.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkloadRule {
    /// `wr_…`
    pub id: String,
    /// `iss` of the tokens.
    pub issuer: String,
    /// What their `aud` is or holds.
    pub audience: String,
    /// What their claims must be.
    pub claims: BTreeMap<String, String>,
    /// The issuer's keys, a JWK Set; null: by discovery.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// Whom they stand for: `app_…` or `sa_…`.
    pub principal: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl TryFrom<workloads::WorkloadRule> for WorkloadRule {
    type Error = Problem;

    fn try_from(rule: workloads::WorkloadRule) -> Result<Self, Problem> {
        let jwks = rule.jwks.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: rule.id.to_string(),
            issuer: rule.issuer,
            audience: rule.audience,
            claims: rule.claims.into_iter().map(|(name, pattern)| (name, pattern.as_str().to_owned())).collect(),
            jwks: jwks.map_err(|error| Problem::internal(&error))?,
            principal: rule.principal,
            created_at: rule.created_at,
            created_by: rule.created_by,
        })
    }
}

/// A new workload rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkloadRule {
    /// `iss` of the tokens: an https URL, byte for byte.
    pub issuer: String,
    /// What their `aud` is, or holds where it is a list; byte for byte.
    pub audience: String,
    /// A claim each, by its name or by a JSON pointer (`/kubernetes.io/namespace`), with an exact text, or one that ends
    /// in `*` behind a `:` or `/`. All must fit, and one at least be exact.
    #[schema(value_type = BTreeMap<String, String>)]
    pub claims: Map<String, Value>,
    /// The issuer's keys, a JWK Set, for one that can't be asked from here; left out: by discovery.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// Whom they stand for: `app_…` or `sa_…` of the organisation.
    pub principal: String,
}

impl From<NewWorkloadRule> for workloads::NewWorkloadRule {
    fn from(new: NewWorkloadRule) -> Self {
        Self {
            issuer: new.issuer,
            audience: new.audience,
            claims: new.claims,
            jwks: new.jwks,
            principal: new.principal,
        }
    }
}

/// A token to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenToTest {
    /// The JWT, as the outside issuer gave it.
    pub token: String,
}

impl fmt::Debug for TokenToTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenToTest")
    }
}

/// What a token comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestReport {
    /// What would become of it at `/oauth/token`.
    pub result: TestResult,
    /// For whom it stands, where `result` is `match`.
    pub principal: Option<String>,
    /// Each rule, newest first.
    pub rules: Vec<RuleReport>,
}

/// What would become of a token.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestResult {
    /// It stands for one principal.
    Match,
    /// No rule takes it.
    NoMatch,
    /// Rules for different principals take it: refused, unless the request names one of them as `client_id`.
    Ambiguous,
}

/// What a token comes to by one rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleReport {
    /// `wr_…`
    pub rule: String,
    /// Whom the rule is for.
    pub principal: String,
    /// Whether the rule takes the token.
    pub matches: bool,
    /// Whether the principal gets tokens at all: it may be switched off or ended.
    pub principal_is_active: bool,
    /// Signature and algorithm; not looked at where the issuer is another.
    pub signature: Part,
    /// `exp`, `iat` and `nbf`.
    pub time: Part,
    /// `iss`.
    pub issuer: ClaimCheck,
    /// `aud`.
    pub audience: ClaimCheck,
    /// The rule's own conditions.
    pub claims: Vec<ClaimCheck>,
}

/// Whether one part is good.
#[derive(Debug, Serialize, ToSchema)]
pub struct Part {
    /// Whether it is.
    pub holds: bool,
    /// What is wrong.
    pub problem: Option<String>,
}

/// One claim: what the rule wants, and what the token says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimCheck {
    /// Its name, or a JSON pointer.
    pub claim: String,
    /// What the rule wants.
    pub expected: String,
    /// What the token says; null: nothing. Only a text can fit.
    pub found: Option<Value>,
    /// Whether it fits.
    pub holds: bool,
}

impl From<workloads::TestReport> for TestReport {
    fn from(report: workloads::TestReport) -> Self {
        let (result, principal) = match report.verdict {
            workloads::Verdict::Principal(principal) => (TestResult::Match, Some(principal)),
            workloads::Verdict::NoRule => (TestResult::NoMatch, None),
            workloads::Verdict::Ambiguous => (TestResult::Ambiguous, None),
        };
        Self { result, principal, rules: report.rules.into_iter().map(RuleReport::from).collect() }
    }
}

impl From<workloads::RuleReport> for RuleReport {
    fn from(report: workloads::RuleReport) -> Self {
        let evaluation = report.evaluation;
        let signature = match report.signature {
            None => Part { holds: false, problem: Some("not looked at: the issuer is another".to_owned()) },
            Some(checked) => Part::from(checked),
        };
        Self {
            rule: report.rule.id.to_string(),
            principal: report.rule.principal,
            matches: report.matches,
            principal_is_active: report.principal_is_active,
            signature,
            time: Part::from(evaluation.time.map(|_| ())),
            issuer: evaluation.issuer.into(),
            audience: evaluation.audience.into(),
            claims: evaluation.claims.into_iter().map(ClaimCheck::from).collect(),
        }
    }
}

impl<E: fmt::Display> From<Result<(), E>> for Part {
    fn from(checked: Result<(), E>) -> Self {
        Self { holds: checked.is_ok(), problem: checked.err().map(|problem| problem.to_string()) }
    }
}

impl From<workloads::ClaimCheck> for ClaimCheck {
    fn from(check: workloads::ClaimCheck) -> Self {
        Self { claim: check.name, expected: check.expected, found: check.found, holds: check.holds }
    }
}
