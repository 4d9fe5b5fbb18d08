//! DPoP at the token endpoint (RFC 9449): proofs, their single use, and the server's nonces.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use latchkey_jose::{DpopError, DpopProof, DpopRequest};
use latchkey_types::Timestamp;
use sha2::{Digest, Sha256};

use super::TokenError;
use crate::core::Core;
use crate::error::Error;
use crate::vault::MasterKey;

/// A nonce is handed out for so long, and taken for so long afterwards.
const NONCE_WINDOW_SECONDS: i64 = 300;
/// What the key of the nonces is derived for.
const NONCE_KEY: &str = "dpop-nonce";

/// The nonce of this moment (RFC 9449 section 8). The same for all clients and on all replicas: it says when a proof was
/// made, and nothing else, so nobody has to remember it.
pub fn fresh_nonce(core: &Core) -> String {
    nonce_of(core.vault.current(), window(core.clock.now()))
}

fn window(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(NONCE_WINDOW_SECONDS)
}

fn nonce_of(key: &MasterKey, window: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&*key.derive(NONCE_KEY)).expect("HMAC takes keys of any length");
    mac.update(&window.to_be_bytes());
    URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
}

/// Whether it is a nonce of this window or the one before, by the master key in use or the one before it.
fn is_good_nonce(core: &Core, nonce: &str) -> bool {
    let now = window(core.clock.now());
    let keys = [Some(core.vault.current()), core.vault.previous()];
    keys.into_iter().flatten().any(|key| nonce == nonce_of(key, now) || nonce == nonce_of(key, now - 1))
}

/// Checks the `DPoP` headers of a `POST` to the token endpoint, known by one of `urls` (RFC 9449 sections 4.3 and 5).
/// This comes before the client is authenticated, so that who has yet to learn the nonce doesn't use up a client
/// assertion. That the proof is used once is seen to when the token is made.
///
/// # Errors
/// [`TokenError::InvalidDpopProof`]; [`TokenError::UseDpopNonce`] for a good proof without a nonce of today.
pub fn check_proof(core: &Core, header_values: &[&[u8]], urls: &[&str]) -> Result<DpopProof, TokenError> {
    let now = core.clock.now();
    let mut verified = Err(DpopError::WrongUrl);
    for url in urls {
        let request = DpopRequest { method: "POST", url, access_token: None, now };
        verified = DpopProof::parse_and_verify(header_values.iter().copied(), &request);
        if verified != Err(DpopError::WrongUrl) {
            break;
        }
    }
    let proof = verified.map_err(|error| TokenError::InvalidDpopProof(describe(error)))?;
    match &proof.nonce {
        Some(nonce) if is_good_nonce(core, nonce) => Ok(proof),
        _ => Err(TokenError::UseDpopNonce),
    }
}

/// Notes that the proof was used, on every replica (RFC 9449 section 11.1).
pub(super) async fn use_once(core: &Core, proof: &DpopProof) -> Result<(), TokenError> {
    if first_use(core, proof).await? {
        Ok(())
    } else {
        Err(TokenError::InvalidDpopProof("The DPoP proof was used before: sign a new one for each request."))
    }
}

/// Whether nobody used this proof before. From now on somebody has.
pub(crate) async fn first_use(core: &Core, proof: &DpopProof) -> Result<bool, Error> {
    let space = format!("dpop/{}", proof.jkt);
    let id_hash = Sha256::digest(proof.jti.as_bytes()).into();
    Ok(core.store.use_once(&space, &id_hash, proof.remember_until).await?)
}

/// What to do about it, in the characters of RFC 6749 section 5.2 and without a word of the proof.
fn describe(error: DpopError) -> &'static str {
    match error {
        DpopError::NotOneHeader => "Exactly one DPoP header is needed.",
        DpopError::Malformed(_) => "The DPoP proof is not a JWT.",
        DpopError::WrongClaims => "The DPoP proof needs jti, htm, htu and iat, each of its type.",
        DpopError::WrongType => "The DPoP proof must have the typ dpop+jwt.",
        DpopError::WrongAlgorithm => "The DPoP proof must be signed with EdDSA, ES256, RS256 or PS256, as its key is.",
        DpopError::BadSignature => "The DPoP proof is not signed by the key in it.",
        DpopError::InvalidKey(_) => "The DPoP proof needs a public key in jwk, without private members.",
        DpopError::WrongMethod => "The DPoP proof is for another method: htm must be POST.",
        DpopError::WrongUrl => "The DPoP proof is for another URL: htu must be the token endpoint.",
        DpopError::TooOld => "The DPoP proof is too old: sign a new one for each request.",
        DpopError::FromTheFuture => "The DPoP proof is from the future: set the clock.",
        DpopError::WrongAccessToken => "The DPoP proof is for another access token.",
    }
}
