//! DPoP proofs (RFC 9449 section 4).

use latchkey_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::actor::present;
use crate::algorithm::Algorithm;
use crate::base64url;
use crate::claims::{foreign_date, is_storable};
use crate::compact::{CompactJws, Malformed};
use crate::confirmation::Confirmation;
use crate::http_url;
use crate::jwk::{InvalidJwk, Jwk};
use crate::verify::{TypeRule, VerifiedClaims, VerifyError};

/// How old a proof may be, in seconds.
pub const DPOP_MAX_AGE_SECONDS: i64 = 60;
/// How far a proof may come from the future, in seconds.
pub const DPOP_MAX_AHEAD_SECONDS: i64 = 5;

/// The request that a proof came with.
#[derive(Clone, Copy)]
pub struct DpopRequest<'a> {
    /// Its method, as sent.
    pub method: &'a str,
    /// Its absolute URL, as the client sees it: with our public origin, whatever a proxy made of it.
    pub url: &'a str,
    /// The access token that it carries; `None` where it asks for one.
    pub access_token: Option<&'a str>,
    /// The time of now.
    pub now: Timestamp,
}

/// Why a proof doesn't hold; each a reason for `invalid_dpop_proof` (RFC 9449 sections 5 and 7.1). The numbers are those
/// of the checks in RFC 9449 section 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// (1) There is no `DPoP` header, or more than one.
    #[error("exactly one DPoP header is needed")]
    NotOneHeader,
    /// (2) It is not a JWT.
    #[error("the DPoP proof is no JWT: {0}")]
    Malformed(Malformed),
    /// (3) A claim is missing, or not of its type or length.
    #[error("the DPoP proof needs jti, htm, htu and iat")]
    WrongClaims,
    /// (4) `typ` is not `dpop+jwt`.
    #[error("the DPoP proof's typ is not dpop+jwt")]
    WrongType,
    /// (5) `alg` is not one of ours, or doesn't fit the key.
    #[error("the DPoP proof's algorithm is none of EdDSA, ES256, RS256 and PS256, or not its key's")]
    WrongAlgorithm,
    /// (6) The signature is not that of the key.
    #[error("the DPoP proof's signature is wrong")]
    BadSignature,
    /// (7) `jwk` is missing, private ([`InvalidJwk::Private`]), or no key of ours.
    #[error("the DPoP proof's key: {0}")]
    InvalidKey(InvalidJwk),
    /// (8) `htm` is not the request's method.
    #[error("the DPoP proof is for another method")]
    WrongMethod,
    /// (9) `htu` is not the request's URL.
    #[error("the DPoP proof is for another URL")]
    WrongUrl,
    /// (11) It is older than [`DPOP_MAX_AGE_SECONDS`].
    #[error("the DPoP proof is too old")]
    TooOld,
    /// (11) It is from more than [`DPOP_MAX_AHEAD_SECONDS`] ahead.
    #[error("the DPoP proof is from the future")]
    FromTheFuture,
    /// (12) `ath` is missing, or not the hash of the request's access token.
    #[error("the DPoP proof is for another access token")]
    WrongAccessToken,
}

/// A proof that holds for its request. Left to the caller: that `jti` wasn't seen before until [`Self::remember_until`],
/// the nonce (check 10), and that the access token is bound to this key ([`Self::is_key_of`], the rest of check 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
    /// Its own id: 1 to 255 characters, no control characters among them. Single use for each key.
    pub jti: String,
    /// The server's nonce, where it has one.
    pub nonce: Option<String>,
    /// Up to this instant the proof would hold once more, so that its use must be remembered.
    pub remember_until: Timestamp,
}

/// Members beyond these are ignored.
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    #[serde(deserialize_with = "foreign_date::deserialize")]
    iat: Option<Timestamp>,
    #[serde(default, deserialize_with = "present")]
    ath: Option<String>,
    #[serde(default, deserialize_with = "present")]
    nonce: Option<String>,
}

impl DpopProof {
    /// The header's `typ`.
    pub const TYPE: &'static str = "dpop+jwt";

    /// Checks the values of a request's `DPoP` headers.
    ///
    /// # Errors
    /// The first [`DpopError`].
    pub fn parse_and_verify<'v>(
        header_values: impl IntoIterator<Item = &'v [u8]>,
        request: &DpopRequest<'_>,
    ) -> Result<Self, DpopError> {
        let mut values = header_values.into_iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(DpopError::NotOneHeader) };
        let text = std::str::from_utf8(value).map_err(|_| DpopError::Malformed(Malformed::NotCompact))?;
        let jws = CompactJws::parse(text).map_err(DpopError::Malformed)?;
        if !jws.header().is_type(Self::TYPE) {
            return Err(DpopError::WrongType);
        }
        jws.header().alg().parse::<Algorithm>().map_err(|_| DpopError::WrongAlgorithm)?;
        let jwk = jws.header().jwk().and_then(Value::as_object);
        let jwk = jwk.ok_or(InvalidJwk::Member("jwk")).and_then(Jwk::from_members).map_err(DpopError::InvalidKey)?;
        let claims: Claims = jws
            .verify_with(jwk.key(), &Algorithm::ALL, TypeRule::Exactly(Self::TYPE))
            .and_then(VerifiedClaims::into_typed)
            .map_err(refusal)?;
        let iat = claims.iat.filter(|_| is_storable(&claims.jti)).ok_or(DpopError::WrongClaims)?;
        claims.check_request(request)?;
        check_time(iat, request.now)?;
        Ok(Self {
            jkt: jwk.key().thumbprint(),
            jti: claims.jti,
            nonce: claims.nonce,
            remember_until: iat.plus_seconds(DPOP_MAX_AGE_SECONDS + 1),
        })
    }

    /// Whether a token that is bound by `confirmation` is bound to this proof's key (RFC 9449 section 6.1).
    pub fn is_key_of(&self, confirmation: &Confirmation) -> bool {
        confirmation.jkt.as_ref() == Some(&self.jkt)
    }
}

impl Claims {
    fn check_request(&self, request: &DpopRequest<'_>) -> Result<(), DpopError> {
        if self.htm != request.method {
            return Err(DpopError::WrongMethod);
        }
        let own = http_url::normalised(request.url);
        if own.is_none() || http_url::normalised(&self.htu) != own {
            return Err(DpopError::WrongUrl);
        }
        match (request.access_token, &self.ath) {
            (None, _) => Ok(()),
            (Some(token), Some(ath)) if *ath == base64url::encode(Sha256::digest(token)) => Ok(()),
            (Some(_), _) => Err(DpopError::WrongAccessToken),
        }
    }
}

fn check_time(iat: Timestamp, now: Timestamp) -> Result<(), DpopError> {
    if iat > now.plus_seconds(DPOP_MAX_AHEAD_SECONDS) {
        return Err(DpopError::FromTheFuture);
    }
    // whole seconds: a proof of 12:00:00 may have been made at 12:00:00.999
    if iat.as_seconds() + DPOP_MAX_AGE_SECONDS < now.as_seconds() {
        return Err(DpopError::TooOld);
    }
    Ok(())
}

fn refusal(error: VerifyError) -> DpopError {
    match error {
        VerifyError::WrongAlgorithm => DpopError::WrongAlgorithm,
        VerifyError::WrongType => DpopError::WrongType,
        VerifyError::Malformed(malformed) => DpopError::Malformed(malformed),
        VerifyError::WrongClaims => DpopError::WrongClaims,
        VerifyError::BadSignature | VerifyError::UnknownKey | VerifyError::BringsAKey => DpopError::BadSignature,
    }
}
