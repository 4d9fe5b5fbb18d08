//! By an assertion that the client signs: `private_key_jwt` (RFC 7521 section 4.2, RFC 7523 sections 2.2 and 3, and
//! draft-ietf-oauth-rfc7523bis for the audience).

use latchkey_jose::{Assertion, AssertionError, AssertionKind, CompactJws, LEEWAY_SECONDS, PublicKey};
use latchkey_types::{AppId, PublicKeyId};
use sha2::{Digest, Sha256};

use super::decoy;
use crate::apps::{AuthMethod, VerifiableApp};
use crate::client_keys;
use crate::core::Core;
use crate::oauth::{ClientAssertion, Party, TokenError};

/// How many keys are tried for an assertion whose header has no `kid`.
const MOST_TRIED: usize = 10;

/// What an assertion proved, but for its single use: see [`use_up`].
pub(super) struct Proven {
    pub(super) row: VerifiableApp,
    /// The key, where it is registered here.
    pub(super) key: Option<PublicKeyId>,
    pub(super) assertion: Assertion,
}

/// A key that may have signed, and its id where it is registered here.
struct Candidate {
    id: Option<PublicKeyId>,
    key: PublicKey,
}

/// The app whose key signed this about itself. An unknown client, one that authenticates otherwise and a wrong proof cost
/// the same and answer the same (A9): one look-up and one check of a signature.
pub(super) async fn check(core: &Core, presented: &ClientAssertion) -> Result<Proven, TokenError> {
    let jws = CompactJws::parse(presented.assertion.expose()).map_err(|_| TokenError::InvalidClient)?;
    // nothing is proven yet: the name only says whose keys to try
    let claimed = jws.unproven_claim("sub").ok_or(TokenError::InvalidClient)?;
    if presented.client_id.as_ref().is_some_and(|id| *id != claimed) {
        return Err(TokenError::InvalidClient);
    }
    let id: AppId = claimed.parse().map_err(|_| TokenError::InvalidClient)?;
    let row = core.store.find_verifiable_app(&id).await?;
    let candidates = match &row {
        Some(row) if is_expected(row) => candidates(core, row, &jws).await?,
        _ => Vec::new(),
    };
    let (Some(row), false) = (row, candidates.is_empty()) else {
        // for the work alone: anybody can sign with these keys, so that whatever they verify proves nothing
        let nobodys = decoy::key(jws.header().alg()).map(|key| Candidate { id: None, key });
        verified(core, &jws, nobodys.into_iter().collect());
        return Err(TokenError::InvalidClient);
    };
    // its `iss` is its `sub` (RFC 7523 section 3), by which the row was found
    let (key, assertion) = verified(core, &jws, candidates).ok_or(TokenError::InvalidClient)?;
    Ok(Proven { row, key, assertion })
}

/// Whether this app authenticates so, and may at all: no keys are fetched for one that may not.
fn is_expected(row: &VerifiableApp) -> bool {
    row.app.auth_method == AuthMethod::PrivateKeyJwt && Party::is_active_app(row)
}

fn verified(core: &Core, jws: &CompactJws<'_>, candidates: Vec<Candidate>) -> Option<(Option<PublicKeyId>, Assertion)> {
    let (audience, now) = (&core.settings.issuer, core.clock.now());
    let mut why = AssertionError::NotItsOwn;
    for candidate in candidates {
        match Assertion::verify(jws, &candidate.key, AssertionKind::ClientAuthentication, audience, now) {
            Ok(assertion) => return Some((candidate.id, assertion)),
            Err(error) => why = error,
        }
    }
    tracing::debug!(error = %why, "a client assertion doesn't hold");
    None
}

/// The client's keys that may have signed this.
async fn candidates(core: &Core, row: &VerifiableApp, jws: &CompactJws<'_>) -> Result<Vec<Candidate>, TokenError> {
    let Some(uri) = &row.app.jwks_uri else {
        let keys = client_keys::candidates(&row.keys, jws, core.clock.now())?;
        return Ok(keys.into_iter().map(|(id, key)| Candidate { id: Some(id), key }).collect());
    };
    let set = core.remote_keys.jwks(core, uri, jws.header().kid()).await;
    let set = set.map_err(|error| TokenError::Unavailable(Box::new(error)))?;
    let keys = jws.candidates_in(&set).into_iter().take(MOST_TRIED);
    Ok(keys.map(|key| Candidate { id: None, key: key.clone() }).collect())
}

/// Notes the use of the assertion, on all replicas: the second one is refused (J3). Last of all checks, so that an
/// assertion that was refused may come again.
///
/// # Errors
/// [`TokenError::InvalidClient`] where it was used before.
pub(in crate::oauth) async fn use_up(core: &Core, assertion: &Assertion) -> Result<(), TokenError> {
    let space = format!("assertion/{}", assertion.iss);
    let id_hash = Sha256::digest(assertion.jti.as_bytes()).into();
    let forget_at = assertion.exp.plus_seconds(LEEWAY_SECONDS);
    if core.store.use_once(&space, &id_hash, forget_at).await? { Ok(()) } else { Err(TokenError::InvalidClient) }
}
