//! Assertions of clients and service accounts (RFC 7521, RFC 7523, draft-ietf-oauth-rfc7523bis).

use latchkey_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, LEEWAY_SECONDS, foreign_date, is_storable};
use crate::compact::CompactJws;
use crate::public_key::PublicKey;
use crate::verify::{TypeRule, VerifyError};

/// How far ahead an assertion may end, in seconds.
pub const MAX_ASSERTION_SECONDS: i64 = 60 * 60;

/// What an assertion is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionKind {
    /// `private_key_jwt` (RFC 7523 section 2.2): `iss` and `sub` are both the client.
    ClientAuthentication,
    /// The grant `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1).
    Grant,
}

/// Why an assertion doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// As a token.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// By its audience or times.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// A client's assertion whose `iss` and `sub` differ.
    #[error("iss and sub of a client's assertion are the client")]
    NotItsOwn,
    /// `exp` lies more than [`MAX_ASSERTION_SECONDS`] ahead.
    #[error("the assertion holds for more than {} minutes", MAX_ASSERTION_SECONDS / 60)]
    TooLongLived,
}

/// The claims of an assertion that holds. Left to the caller: that `iss` and `sub` are those whose key it was, and that
/// `jti` wasn't used before, to be remembered until `exp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Who made it.
    pub iss: String,
    /// About whom.
    pub sub: String,
    /// From when on it no longer holds.
    pub exp: Timestamp,
    /// Its own id: 1 to 255 characters, no control characters among them.
    pub jti: String,
}

/// Members beyond these are ignored.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    #[serde(deserialize_with = "foreign_date::deserialize")]
    exp: Option<Timestamp>,
    #[serde(default, deserialize_with = "foreign_date::deserialize")]
    iat: Option<Timestamp>,
    #[serde(default, deserialize_with = "foreign_date::deserialize")]
    nbf: Option<Timestamp>,
    jti: String,
}

impl Assertion {
    /// Checks an assertion: algorithm (the key's), `typ`, signature, and its claims. `audience` must be its only
    /// audience: one that others take too could be replayed by them, or here (CVE-2025-27370, CVE-2025-27371).
    ///
    /// # Errors
    /// The first [`AssertionError`].
    pub fn verify(
        jws: &CompactJws<'_>,
        key: &PublicKey,
        kind: AssertionKind,
        audience: &str,
        now: Timestamp,
    ) -> Result<Self, AssertionError> {
        if jws.header().brings_a_key() {
            return Err(VerifyError::BringsAKey.into());
        }
        let types = match kind {
            AssertionKind::ClientAuthentication => TypeRule::CLIENT_ASSERTION,
            AssertionKind::Grant => TypeRule::JWT_BEARER,
        };
        let claims: Claims = jws.verify_with(key, &Algorithm::ALL, types)?.into_typed()?;
        let exp = claims.exp.ok_or(VerifyError::WrongClaims)?;
        if ![&claims.iss, &claims.sub, &claims.jti].into_iter().all(|text| is_storable(text)) {
            return Err(VerifyError::WrongClaims.into());
        }
        if kind == AssertionKind::ClientAuthentication && claims.iss != claims.sub {
            return Err(AssertionError::NotItsOwn);
        }
        if sole_audience(&claims.aud)? != audience {
            return Err(ClaimError::WrongAudience.into());
        }
        claims.check_times(exp, now)?;
        Ok(Self { iss: claims.iss, sub: claims.sub, exp, jti: claims.jti })
    }
}

impl Claims {
    fn check_times(&self, exp: Timestamp, now: Timestamp) -> Result<(), AssertionError> {
        let latest_start = now.plus_seconds(LEEWAY_SECONDS);
        if [self.iat, self.nbf].into_iter().flatten().any(|start| start > latest_start) {
            return Err(ClaimError::NotYetValid.into());
        }
        if now >= exp {
            return Err(ClaimError::Expired.into());
        }
        if exp > now.plus_seconds(MAX_ASSERTION_SECONDS) {
            return Err(AssertionError::TooLongLived);
        }
        Ok(())
    }
}

/// `aud` as one text, or as a list of one (RFC 7519 section 4.1.3).
fn sole_audience(aud: &Value) -> Result<&str, AssertionError> {
    match aud {
        Value::String(audience) => Ok(audience),
        Value::Array(audiences) => match &audiences[..] {
            [Value::String(audience)] => Ok(audience),
            several if several.iter().all(Value::is_string) => Err(ClaimError::WrongAudience.into()),
            _ => Err(VerifyError::WrongClaims.into()),
        },
        _ => Err(VerifyError::WrongClaims.into()),
    }
}
