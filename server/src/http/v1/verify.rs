//! `POST /v1/verify` (contract sections 4 and 10).

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::certificate::thumbprint_of;
use latchkey_core::verify::{Answer, Operation, Part, Rule, ShownProof, Verified, VerifyRequest};
use latchkey_core::{Core, Error, verify};
use latchkey_jose::{Confirmation, Principal};
use latchkey_types::{Outcome, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

use crate::http::metrics::Metrics;
use crate::http::{Problem, bearer, json};

/// What an API asks. The credential is borrowed from the request's bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'a> {
    #[serde(borrow)]
    credential: Cow<'a, str>,
    #[serde(default)]
    scopes: Vec<String>,
    ip: Option<IpAddr>,
    #[serde(default = "once")]
    cost: u32,
    #[serde(default)]
    explain: bool,
    #[serde(borrow)]
    dpop: Option<ProofView<'a>>,
    #[serde(borrow)]
    certificate: Option<Cow<'a, str>>,
    #[serde(borrow)]
    operation: Option<OperationView<'a>>,
    #[serde(borrow)]
    scope_token: Option<Cow<'a, str>>,
}

/// The operation that is called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperationView<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
}

/// The `DPoP` header that the credential came with, and the request's method and URL as the caller sees them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofView<'a> {
    #[serde(borrow)]
    proof: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
}

/// What every valid call is told of the credential, in the contract's order. What doesn't exist is left out.
#[derive(Serialize)]
struct ValidView<'a> {
    valid: bool,
    code: &'static str,
    credential: CredentialView<'a>,
    organisation: OrganisationView<'a>,
    principal: Principal,
    subject: &'a str,
    api: &'a str,
    scopes: &'a ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<&'a Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    metadata: &'a serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
}

/// What is said of this one call, behind the former.
#[derive(Serialize)]
struct CallView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ActorView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rate_limits: Vec<LimitView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits_remaining: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<ExplanationView<'a>>,
}

/// Who came with the scope token.
#[derive(Serialize)]
struct ActorView<'a> {
    subject: &'a str,
    client_id: &'a str,
}

#[derive(Serialize)]
struct CredentialView<'a> {
    id: &'a str,
    kind: &'static str,
    environment: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct OrganisationView<'a> {
    id: &'a str,
    slug: &'a str,
}

/// A refusal: the code, the id where the credential belongs to this API, and what was missing.
#[derive(Serialize)]
struct RefusedView<'a> {
    valid: bool,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<IdView<'a>>,
    /// With `INSUFFICIENT_SCOPE`; none is missing where the operation is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_scopes: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rate_limits: Vec<LimitView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits_remaining: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<ExplanationView<'a>>,
}

/// What is left of a limit.
#[derive(Serialize)]
struct LimitView<'a> {
    name: &'a str,
    limit: i64,
    remaining: i64,
    reset_seconds: i64,
}

/// What decided.
#[derive(Serialize)]
struct ExplanationView<'a> {
    decided_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'static str>,
    source: &'static str,
    revision: i64,
    age_ms: u64,
    rules: Vec<RuleView<'a>>,
}

/// What spoke for the call.
#[derive(Serialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
enum RuleView<'a> {
    Scope {
        scope: &'a str,
        token: &'static str,
        grant: &'static str,
    },
    Operation {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        method: &'a str,
        path: &'a str,
    },
    CallPath {
        caller: &'a str,
        via: &'a [String],
    },
    CallPathDefault,
    Network {
        network: &'a str,
    },
    Limit {
        name: &'a str,
        limit: i64,
        remaining: i64,
    },
}

impl<'a> From<&'a Rule> for RuleView<'a> {
    fn from(rule: &'a Rule) -> Self {
        match rule {
            Rule::Scope { scope, token, grant } => Self::Scope { scope, token: token.as_str(), grant: grant.as_str() },
            Rule::Operation { id, method, path } => Self::Operation { id: id.as_deref(), method, path },
            Rule::CallPath { caller, via } => Self::CallPath { caller, via },
            Rule::CallPathDefault => Self::CallPathDefault,
            Rule::Network { network } => Self::Network { network },
            Rule::Limit { name, limit, remaining } => Self::Limit { name, limit: *limit, remaining: *remaining },
        }
    }
}

#[derive(Serialize)]
struct IdView<'a> {
    id: &'a str,
}

/// The most that one call may cost (contract section 10, "Verify").
const MOST_COST: u32 = 1_000_000;

/// Answers whether a credential is good, here, now.
pub async fn verify(
    State(core): State<Arc<Core>>,
    State(metrics): State<Arc<Metrics>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&core, &metrics, &headers, body).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(
    core: &Core,
    metrics: &Metrics,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let verification_key = bearer::token(headers)?;
    let body = body.map_err(|rejection| json::unreadable(&rejection))?;
    let question = read(&body)?;
    let certificate = question.certificate.as_deref().map(certificate_thumbprint).transpose()?;
    let request = VerifyRequest {
        credential: &question.credential,
        scopes: &question.scopes,
        ip: question.ip,
        operation: question.operation.as_ref().map(OperationView::called),
        scope_token: question.scope_token.as_deref(),
        dpop: question.dpop.as_ref().map(ProofView::shown),
        certificate: certificate.as_deref(),
        cost: question.cost,
        explain: question.explain,
    };
    match verify::verify(core, verification_key, &request).await {
        Ok(answer) => {
            metrics.verifications.count(answer.code);
            Ok(show(&answer))
        }
        Err(Error::Unauthenticated) => Ok(bearer::refused("The verification key is not good.")),
        Err(error) => Err(error.into()),
    }
}

/// Reads the question; where that fails, once more for words that name the member.
fn read(body: &[u8]) -> Result<Question<'_>, Problem> {
    let question = match serde_json::from_slice::<Question<'_>>(body) {
        Ok(question) if !json::is_array(body) => question,
        _ => json::parse(body, StatusCode::BAD_REQUEST)?,
    };
    if question.cost > MOST_COST {
        return Err(Problem::bad_request("A member is too large.").error("/cost", "0 to 1000000"));
    }
    Ok(question)
}

/// What a call costs unless it says.
const fn once() -> u32 {
    1
}

impl OperationView<'_> {
    fn called(&self) -> Operation<'_> {
        Operation { method: &self.method, path: &self.path }
    }
}

impl ProofView<'_> {
    fn shown(&self) -> ShownProof<'_> {
        ShownProof { proof: &self.proof, method: &self.method, url: &self.url }
    }
}

fn certificate_thumbprint(text: &str) -> Result<String, Problem> {
    thumbprint_of(text).ok_or_else(|| {
        Problem::bad_request("The certificate can't be read.")
            .error("/certificate", "PEM, or its x5t#S256 in base64url")
    })
}

fn show(answer: &Answer) -> Response {
    let written = match answer.valid.as_deref() {
        Some(verified) => valid(answer, verified),
        None => serde_json::to_vec(&refused(answer)),
    };
    let body = match written {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

/// What is said of the credential, which was mostly written before, and of the call, as one object.
fn valid(answer: &Answer, verified: &Verified) -> serde_json::Result<Vec<u8>> {
    let of_credential = match &answer.scopes {
        None => Cow::Borrowed(verified.written.answer(|| of_credential(verified, &verified.scopes))),
        Some(scopes) => Cow::Owned(of_credential(verified, scopes)),
    };
    let of_call = serde_json::to_vec(&of_call(answer))?;
    let mut body = Vec::with_capacity(of_credential.len() + of_call.len());
    body.extend_from_slice(of_credential.as_bytes());
    if of_call != b"{}" {
        body.pop();
        body.push(b',');
        body.extend_from_slice(&of_call[1..]);
    }
    Ok(body)
}

fn of_credential(verified: &Verified, scopes: &ScopeSet) -> String {
    let view = ValidView {
        valid: true,
        code: Outcome::Valid.as_str(),
        credential: CredentialView {
            id: &verified.id,
            kind: verified.kind.as_str(),
            environment: verified.environment.as_str(),
            name: &verified.name,
            generation: verified.generation,
            expires_at: verified.expires_at,
        },
        organisation: OrganisationView { id: &verified.org_id, slug: &verified.org_slug },
        principal: verified.principal,
        subject: &verified.subject,
        api: &verified.api,
        scopes,
        cnf: verified.token.as_ref().and_then(|token| token.cnf.as_ref()),
        owner: verified.owner.as_deref(),
        metadata: &verified.metadata,
        purpose: verified.token.as_ref().and_then(|token| token.purpose.as_deref()),
    };
    serde_json::to_string(&view).expect("texts, numbers and JSON values")
}

fn of_call(answer: &Answer) -> CallView<'_> {
    CallView {
        actor: answer.actor.as_ref().map(|actor| ActorView { subject: &actor.subject, client_id: &actor.client_id }),
        rate_limits: rate_limits(answer),
        credits_remaining: answer.credits_remaining,
        explain: explanation(answer),
    }
}

fn refused(answer: &Answer) -> RefusedView<'_> {
    RefusedView {
        valid: false,
        code: answer.code.as_str(),
        credential: answer.id.as_deref().map(|id| IdView { id }),
        missing_scopes: (answer.code == Outcome::InsufficientScope).then_some(answer.missing_scopes.as_slice()),
        rate_limits: rate_limits(answer),
        credits_remaining: answer.credits_remaining,
        explain: explanation(answer),
    }
}

fn rate_limits(answer: &Answer) -> Vec<LimitView<'_>> {
    let limits = answer.rate_limits.iter().map(|state| LimitView {
        name: &state.name,
        limit: state.limit,
        remaining: state.remaining,
        reset_seconds: state.reset_seconds,
    });
    limits.collect()
}

fn explanation(answer: &Answer) -> Option<ExplanationView<'_>> {
    let explanation = answer.explanation.as_deref()?;
    Some(ExplanationView {
        decided_by: explanation.decided_by,
        token: explanation.token.map(Part::as_str),
        source: explanation.source.as_str(),
        revision: explanation.revision,
        age_ms: explanation.age_ms,
        rules: explanation.rules.iter().map(RuleView::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Problem {
        read(text.as_bytes()).err().expect("refused")
    }

    #[test]
    fn only_the_credential_is_required() {
        let question = read(br#"{"credential":"lk_live_x"}"#).unwrap_or_else(|problem| panic!("{}", problem.status));
        assert!(matches!(question.credential, Cow::Borrowed("lk_live_x")), "borrowed, not copied");
        assert!(question.scopes.is_empty() && question.ip.is_none());
        assert_eq!(refusal("{}").status, 400);
    }

    // contract section 10, "Verify"
    #[test]
    fn what_does_not_fit_is_named() {
        for (member, value) in [
            ("operation", r#""GET /""#),
            ("scope_token", "1"),
            ("explain", "1"),
            ("cost", "1000001"),
            ("cost", "-1"),
            ("nonsense", "1"),
            ("ip", r#""nowhere""#),
        ] {
            let problem = refusal(&format!(r#"{{"credential":"x","{member}":{value}}}"#));
            assert_eq!(problem.status, 400, "{member}");
            assert_eq!(problem.errors[0].pointer, format!("/{member}"));
        }
        for fine in [
            r#"{"credential":"x","cost":1000000,"explain":false}"#,
            r#"{"credential":"x","cost":1,"ip":"2001:db8::1"}"#,
        ] {
            assert!(read(fine.as_bytes()).is_ok(), "{fine}");
        }
    }

    // ASVS 15.3.7: which of two would count is not guessed
    #[test]
    fn a_member_stands_there_once() {
        assert_eq!(refusal(r#"{"credential":"x","credential":"y"}"#).status, 400);
        assert_eq!(refusal(r#" ["x"]"#).status, 400, "and has a name");
    }
}
