//! Introspection answers as JWTs (RFC 9701).

use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::claims::numeric_date;
use crate::compact::CompactJws;
use crate::public_key::PublicKey;
use crate::sign::{SignError, SigningKey};
use crate::verify::VerifyError;

/// A signed introspection answer. What it says of the token stands inside `token_introspection`: with `sub` or `exp` at
/// the top it could pass for an access token (RFC 9701 section 8.1), so there are no other members, and none are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntrospectionToken {
    /// Who answers: the public URL, byte for byte.
    pub iss: String,
    /// Who asked: the identifier that it authenticated with.
    pub aud: String,
    /// When, to the second.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// The answer as RFC 7662 has it.
    pub token_introspection: Map<String, Value>,
}

impl IntrospectionToken {
    /// The header's `typ`; with `application/` before it the media type (RFC 9701 sections 4 and 5).
    pub const TYPE: &'static str = "token-introspection+jwt";

    /// Signs the answer.
    ///
    /// # Errors
    /// [`SignError::TooLong`] where it says too much.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SignError> {
        key.sign(Self::TYPE, self)
    }

    /// Checks that `jws` is such an answer, signed by `key`, and reads it. Issuer and audience are left to the caller.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(jws: &CompactJws<'_>, key: &PublicKey) -> Result<Self, VerifyError> {
        if jws.header().brings_a_key() {
            return Err(VerifyError::BringsAKey);
        }
        jws.verify(key, Self::TYPE)?.into_typed()
    }
}
