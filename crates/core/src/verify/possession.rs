//! Whether the caller holds the key that a token is bound to (RFC 9449 section 7.1, RFC 8705 section 3). Who only has the
//! token has stolen it.

use latchkey_jose::{Confirmation, DpopProof, DpopRequest};
use latchkey_types::Outcome;

use super::entry::Entry;
use super::{Answer, VerifyRequest, judge};
use crate::core::Core;
use crate::error::Error;
use crate::oauth;

/// A DPoP proof, and the request that it came with.
#[derive(Clone, Copy, Debug)]
pub struct ShownProof<'a> {
    /// The `DPoP` header's value.
    pub proof: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's URL, absolute, as the caller sees it.
    pub url: &'a str,
}

/// Whether there is a key to be proven: because the token is bound to one, or because the caller says that it is.
pub(super) fn is_asked_for(entry: &Entry, request: &VerifyRequest<'_>) -> bool {
    request.dpop.is_some() || confirmation(entry).is_some()
}

/// The judgement of a credential whose key is to be proven. A proof that is missing, wrong or used before is a
/// `BadSignature`, and so is one with a credential that isn't bound to any DPoP key. A proof is used up by a good call
/// alone.
pub(super) async fn judge_with_key(core: &Core, entry: &Entry, request: &VerifyRequest<'_>) -> Result<Answer, Error> {
    let Ok(proof) = prove(core, confirmation(entry), request) else { return Ok(refuse(core, entry)) };
    if let Some(proof) = proof
        && entry.judge(request, core.clock.now()) == Outcome::Valid
        && !oauth::first_use(core, &proof).await?
    {
        return Ok(refuse(core, entry));
    }
    Ok(judge(core, entry, request))
}

/// The caller doesn't hold the key.
struct NotHeld;

fn prove(
    core: &Core,
    bound_to: Option<&Confirmation>,
    request: &VerifyRequest<'_>,
) -> Result<Option<DpopProof>, NotHeld> {
    let jkt = bound_to.and_then(|confirmation| confirmation.jkt.as_deref());
    let thumbprint = bound_to.and_then(|confirmation| confirmation.x5t_s256.as_deref());
    if thumbprint.is_some() && request.certificate != thumbprint {
        return Err(NotHeld);
    }
    let (jkt, shown) = match (jkt, request.dpop) {
        (None, None) => return Ok(None),
        (Some(jkt), Some(shown)) => (jkt, shown),
        _ => return Err(NotHeld),
    };
    let asked = DpopRequest {
        method: shown.method,
        url: shown.url,
        access_token: Some(request.credential),
        now: core.clock.now(),
    };
    let proof = DpopProof::parse_and_verify([shown.proof.as_bytes()], &asked).map_err(|error| {
        tracing::debug!(%error, "a DPoP proof doesn't hold");
        NotHeld
    })?;
    if proof.jkt == jkt { Ok(Some(proof)) } else { Err(NotHeld) }
}

fn confirmation(entry: &Entry) -> Option<&Confirmation> {
    entry.verified.token.as_ref()?.cnf.as_ref()
}

fn refuse(core: &Core, entry: &Entry) -> Answer {
    let code = Outcome::BadSignature;
    core.recorder.count(entry.counted(code));
    Answer { code, id: Some(entry.verified.id.clone()), valid: None, missing_scopes: Vec::new() }
}
