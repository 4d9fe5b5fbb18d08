//! Whether the caller holds the key that a token is bound to (RFC 9449 section 7.1, RFC 8705 section 3). Who only has the
//! token has stolen it.

use latchkey_jose::{DpopProof, DpopRequest};

use super::VerifyRequest;
use super::entry::Entry;
use crate::core::Core;

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

/// The caller doesn't hold the key: a `BadSignature`.
pub(super) struct NotHeld;

/// Whether the caller holds the key that the credential is bound to; the proof is still to be used up. One that is
/// missing or wrong doesn't hold, nor does one with a credential that isn't bound to any DPoP key.
pub(super) fn prove(core: &Core, entry: &Entry, request: &VerifyRequest<'_>) -> Result<Option<DpopProof>, NotHeld> {
    let bound_to = entry.verified.token.as_ref().and_then(|token| token.cnf.as_ref());
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
