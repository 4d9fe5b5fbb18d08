//! The judgement of one call: of its credential, and of the scope token that may stand beside it.

use std::sync::Arc;

use latchkey_jose::DpopProof;
use latchkey_types::Outcome;

use super::api_caller::ApiCaller;
use super::entry::Asked;
use super::explain::{self, Explained};
use super::needed;
use super::possession;
use super::scope_token::Beside;
use super::spend::{self, Spent};
use super::{Answer, Found, Part, Recognised, VerifyRequest, unknown};
use crate::core::Core;
use crate::error::Error;
use crate::oauth;

/// What came of the call.
#[derive(Clone, Copy)]
struct Verdict {
    code: Outcome,
    /// Whose code it is.
    part: Part,
}

/// What this API is told of what was recognised, or wasn't. Of two tokens both are proven and judged, whatever the other
/// one is like; of their codes the one that comes first in the order of the contract counts.
pub(super) async fn answer(
    core: &Core,
    api: &ApiCaller,
    recognised: &Recognised,
    request: &VerifyRequest<'_>,
) -> Result<Answer, Error> {
    let beside = Beside::recognise(core, api, request).await?;
    let asked = Asked {
        needed: needed::needed(api, request),
        ip: request.ip,
        two_token: api.api.two_token,
        beside: beside.as_ref(),
        is_beside: false,
    };
    if recognised.is_ok() {
        asked.needed.count_unknown(core, api);
    }
    let call = Call { core, api, recognised, beside: beside.as_ref(), asked: &asked, request };
    let answer = call.decide().await?;
    api.used.touch();
    Ok(answer)
}

/// One call, with all that is known of it.
struct Call<'a> {
    core: &'a Core,
    api: &'a ApiCaller,
    recognised: &'a Recognised,
    beside: Option<&'a Beside>,
    asked: &'a Asked<'a>,
    request: &'a VerifyRequest<'a>,
}

impl Call<'_> {
    /// A good call alone uses up its proof and spends.
    async fn decide(&self) -> Result<Answer, Error> {
        let (mut verdict, proof) = self.judge();
        if verdict.code == Outcome::Valid
            && let Some((part, proof)) = proof
            && !oauth::first_use(self.core, &proof).await?
        {
            verdict = Verdict { code: Outcome::BadSignature, part };
        }
        let mut spent = Spent::default();
        if verdict.code == Outcome::Valid
            && let Ok(found) = self.recognised
        {
            spent = spend::spend(self.core, &found.entry, self.request.cost).await?;
            verdict.code = spent.refusal.unwrap_or(verdict.code);
        }
        let mut answer = match self.recognised {
            Ok(found) if verdict.code == Outcome::Valid => self.admit(found),
            _ => self.refuse(verdict),
        };
        answer.rate_limits = spent.rate_limits;
        answer.credits_remaining = spent.credits_remaining;
        answer.credits_back_in_seconds = spent.credits_back_in_seconds;
        answer.explanation = self.request.explain.then(|| Box::new(self.explain(verdict, &answer)));
        Ok(answer)
    }

    /// The codes of both tokens, and the proof that goes with one of them: it names its token.
    fn judge(&self) -> (Verdict, Option<(Part, DpopProof)>) {
        let shown_for = match self.beside {
            Some(beside) if beside.takes_the_proof(self.recognised) => Part::ScopeToken,
            _ => Part::Credential,
        };
        let own = VerifyRequest { dpop: self.request.dpop.filter(|_| shown_for == Part::Credential), ..*self.request };
        let (own_code, own_proof) = judge_one(self.core, self.recognised, &own, self.asked);
        let own = Verdict { code: own_code, part: Part::Credential };
        let Some(beside) = self.beside else { return (own, own_proof.map(|proof| (Part::Credential, proof))) };

        let other = VerifyRequest {
            credential: self.request.scope_token.unwrap_or_default(),
            dpop: self.request.dpop.filter(|_| shown_for == Part::ScopeToken),
            ..*self.request
        };
        let asked = Asked { ip: self.request.ip, is_beside: true, ..Asked::default() };
        let (other_code, other_proof) = judge_one(self.core, &beside.recognised, &other, &asked);
        let other = Verdict { code: other_code, part: Part::ScopeToken };
        (first(own, other), own_proof.or(other_proof).map(|proof| (shown_for, proof)))
    }

    fn admit(&self, found: &Found) -> Answer {
        found.entry.note_use(self.request.ip);
        if let Some(Ok(other)) = self.beside.map(|beside| &beside.recognised) {
            // the call counts once, as the original credential's; the other one was used, too
            self.core.recorder.note_use(&other.entry.credential);
        }
        Answer {
            code: Outcome::Valid,
            id: None,
            valid: Some(Arc::clone(&found.entry.verified)),
            scopes: self.asked.scopes_of_both(&found.entry),
            missing_scopes: Vec::new(),
            rate_limits: Vec::new(),
            credits_remaining: None,
            credits_back_in_seconds: None,
            actor: self.beside.and_then(Beside::actor),
            explanation: None,
        }
    }

    fn refuse(&self, verdict: Verdict) -> Answer {
        let code = verdict.code;
        let Ok(found) = self.part(verdict.part) else {
            self.core.recorder.count(unknown(self.api, code));
            return Answer::refused(code, None);
        };
        self.core.recorder.count(found.entry.counted(code));
        let missing_scopes =
            if code == Outcome::InsufficientScope { found.entry.missing_scopes(self.asked) } else { Vec::new() };
        Answer { missing_scopes, ..Answer::refused(code, Some(found.entry.verified.id.clone())) }
    }

    /// What one of the two is.
    fn part(&self, part: Part) -> &Recognised {
        match (part, self.beside) {
            (Part::ScopeToken, Some(beside)) => &beside.recognised,
            _ => self.recognised,
        }
    }

    fn explain(&self, verdict: Verdict, answer: &Answer) -> explain::Explanation {
        explain::explain(
            self.core,
            &Explained {
                api: self.api,
                recognised: self.recognised,
                beside: self.beside,
                asked: self.asked,
                part: verdict.part,
                decided: self.part(verdict.part),
                answer,
            },
        )
    }
}

/// The code of one token, and the proof of its key, which is still to be used up.
pub(super) fn judge_one(
    core: &Core,
    recognised: &Recognised,
    request: &VerifyRequest<'_>,
    asked: &Asked<'_>,
) -> (Outcome, Option<DpopProof>) {
    match recognised {
        Err(code) => (*code, None),
        Ok(found) => match possession::prove(core, &found.entry, request) {
            Ok(proof) => (found.entry.judge(asked, core.clock.now()), proof),
            Err(_) => (Outcome::BadSignature, None),
        },
    }
}

/// Of two codes the one that comes first in the order of the contract (section 10, "Verify"), which is that of
/// [`Outcome`]; of the same twice the credential's.
fn first(own: Verdict, other: Verdict) -> Verdict {
    let comes_first = own.code == Outcome::Valid || other.code < own.code;
    if other.code != Outcome::Valid && comes_first { other } else { own }
}
