use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::CompactJws;
use serde_json::{Map, Value};

use super::WorkloadRule;
use super::evaluate::{Evaluation, SignatureProblem, evaluate, keys_of, prove};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::oauth::Party;

/// What a token comes to, by every rule of the organisation.
#[derive(Clone, Debug)]
pub struct TestReport {
    /// For whom it stands.
    pub verdict: Verdict,
    /// Each rule, newest first.
    pub rules: Vec<RuleReport>,
}

/// For whom a token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// For this app or account.
    Principal(String),
    /// No rule takes it.
    NoRule,
    /// Rules for different principals take it: it is refused, unless the request names one as `client_id`.
    Ambiguous,
}

/// What a token comes to by one rule.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// The rule.
    pub rule: WorkloadRule,
    /// Whether it takes the token.
    pub matches: bool,
    /// Whether the principal may get tokens at all: neither it nor the organisation is switched off or ended.
    pub principal_is_active: bool,
    /// Whether the signature is proven; `None`: it wasn't looked at, since the issuer is another.
    pub signature: Option<Result<(), SignatureProblem>>,
    /// The claims. They are as the token says, whether or not its signature is proven.
    pub evaluation: Evaluation,
}

/// Says which rules take this token, and why the others don't. Nothing is issued, kept or logged, and the token may
/// still be used. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::Invalid`] for what is no signed JWT.
pub async fn test(core: &Core, caller: &Caller, org: &str, token: &str) -> Result<TestReport, Error> {
    let access = core.enter(caller, org, Action::ManageWorkloadRules).await?;
    let token = token.trim();
    let jws = CompactJws::parse(token).map_err(|error| Error::invalid("token", error.to_string()))?;
    let claims = shown_claims(token)
        .ok_or_else(|| Error::invalid("token", "its claims are not a JSON object with unique member names"))?;
    let mut rules = Vec::new();
    for rule in core.store.list_workload_rules(&access.org.id).await? {
        rules.push(report(core, rule, &jws, &claims).await?);
    }
    let mut principals = rules.iter().filter(|rule| rule.matches).map(|rule| rule.rule.principal.as_str());
    let verdict = match principals.next() {
        None => Verdict::NoRule,
        Some(first) if principals.all(|other| other == first) => Verdict::Principal(first.to_owned()),
        Some(_) => Verdict::Ambiguous,
    };
    Ok(TestReport { verdict, rules })
}

async fn report(
    core: &Core,
    rule: WorkloadRule,
    jws: &CompactJws<'_>,
    claims: &Map<String, Value>,
) -> Result<RuleReport, Error> {
    let evaluation = evaluate(&rule, claims, core.clock.now());
    let signature = if evaluation.issuer.holds {
        Some(match keys_of(core, &rule, jws.header().kid()).await? {
            Ok(keys) => prove(jws, &keys).map(|_| ()).map_err(SignatureProblem::Token),
            Err(problem) => Err(SignatureProblem::Keys(problem)),
        })
    } else {
        None
    };
    let matches = matches!(signature, Some(Ok(()))) && evaluation.holds_until().is_some();
    let principal_is_active = Party::find(core, &rule.principal).await?.is_some_and(|party| party.is_active());
    Ok(RuleReport { rule, matches, principal_is_active, signature, evaluation })
}

/// The claims as they stand there, to show them to whoever pasted the token: nothing is decided by them alone.
fn shown_claims(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
