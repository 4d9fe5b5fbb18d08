//! The same judgement for one of the API's people, who look into why a call was refused. Nothing is spent, nothing counts
//! as a call, and no verification key is needed: the API's own people may know what its programs may.

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_types::{ApiId, Outcome};

use super::api_caller::ApiCaller;
use super::decide::judge_one;
use super::entry::Asked;
use super::explain::{self, Explained};
use super::{Answer, Operation, Part, Recognised, VerifyRequest, look, needed, recognise, spend};
use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// What one of an API's people asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Check<'a> {
    /// What a caller presented.
    pub credential: &'a str,
    /// What it must be allowed; scope-tokens as sent.
    pub scopes: &'a [String],
    /// The operation that is called.
    pub operation: Option<Operation<'a>>,
    /// Where it was used from.
    pub ip: Option<IpAddr>,
}

/// What verification would answer to this API of the organisation for a call of cost 1, with what decided; test keys too, whichever
/// environments its verification keys take. Of a credential of another API nothing is said that isn't said of one that
/// nobody has. A token that is bound to a key or a certificate isn't proven: nobody can show it here. Needs
/// [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] for an API that isn't the organisation's; [`Error::TooMany`] for too many first-sight checks of bad
/// secrets; [`Error::Unavailable`] where the answer can't be known.
pub async fn check(core: &Core, caller: &Caller, org: &str, api: &ApiId, wanted: &Check<'_>) -> Result<Answer, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let found = core.store.find_api(api).await?.filter(|found| found.org == access.org.id).ok_or(Error::NotFound)?;
    let api = ApiCaller::of_member(core, found, format!("{} {api}", name(&caller.actor))).await?;
    if api.wants_no_staleness() {
        look(core).await?;
    }
    let recognised = recognise(core, &api, wanted.credential).await?;
    let Check { credential, scopes, operation, ip } = *wanted;
    judge(core, &api, &recognised, &VerifyRequest { credential, scopes, operation, ip, ..VerifyRequest::default() })
        .await
}

/// As [`super::decide::answer`], without whatever that leaves behind.
async fn judge(
    core: &Core,
    api: &ApiCaller,
    recognised: &Recognised,
    request: &VerifyRequest<'_>,
) -> Result<Answer, Error> {
    let asked = Asked {
        needed: needed::needed(api, request),
        ip: request.ip,
        two_token: api.api.two_token,
        ..Asked::default()
    };
    let (mut code, _) = judge_one(core, recognised, request, &asked);
    let mut spent = spend::Spent::default();
    if let (Outcome::Valid, Ok(known)) = (code, recognised) {
        spent = spend::spend(core, &known.entry, request.cost).await?;
        code = spent.refusal.or_else(|| lacking(&spent)).unwrap_or(code);
    }
    let mut answer = match recognised {
        Ok(known) if code == Outcome::Valid => Answer {
            valid: Some(Arc::clone(&known.entry.verified)),
            scopes: asked.scopes_of_both(&known.entry),
            ..Answer::refused(code, None)
        },
        Ok(known) => Answer::refused(code, Some(known.entry.verified.id.clone())),
        Err(_) => Answer::refused(code, None),
    };
    if let (Outcome::InsufficientScope, Ok(known)) = (code, recognised) {
        answer.missing_scopes = known.entry.missing_scopes(&asked);
    }
    answer.rate_limits = spent.rate_limits;
    answer.credits_remaining = spent.credits_remaining;
    answer.credits_back_in_seconds = spent.credits_back_in_seconds;
    let decided = Explained {
        api,
        recognised,
        beside: None,
        asked: &asked,
        part: Part::Credential,
        decided: recognised,
        answer: &answer,
    };
    answer.explanation = Some(Box::new(explain::explain(core, &decided)));
    Ok(answer)
}

/// What a call that costs something is told: a look, which costs nothing, fits where nothing is left.
fn lacking(spent: &spend::Spent) -> Option<Outcome> {
    if spent.rate_limits.iter().any(|state| state.remaining < 1) {
        return Some(Outcome::RateLimited);
    }
    (spent.credits_remaining == Some(0)).then_some(Outcome::CreditsExhausted)
}

/// Whom wrong secrets slow down.
fn name(actor: &Actor) -> &str {
    match actor {
        Actor::User { id, .. } => id.as_str(),
        Actor::ManagementKey { id, .. } => id.as_str(),
        Actor::ServiceAccount { id, .. } => id.as_str(),
        Actor::CommandLine => "command line",
        Actor::System => "system",
    }
}
