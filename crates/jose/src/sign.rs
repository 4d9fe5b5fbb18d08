//! Signing with Ed25519 (RFC 8037 section 3.1).

use std::fmt;

use ed25519_dalek::Signer;
use serde::Serialize;

use crate::base64url;
use crate::compact::MAX_TOKEN_LENGTH;
use crate::jwk::PublicKey;

/// Why a token can't be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims don't serialize as a JSON object.
    #[error("claims must be a JSON object")]
    NotAnObject,
    /// The token would be longer than any reader takes.
    #[error("the token would be longer than {MAX_TOKEN_LENGTH} bytes; ask for fewer scopes")]
    TooLong,
}

/// A private Ed25519 key. Wiped when dropped; prints as its `kid`.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    kid: String,
}

impl SigningKey {
    /// The key of this seed (RFC 8032 section 5.1.5): 32 bytes that nobody can guess.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let kid = PublicKey::from_dalek(key.verifying_key()).thumbprint();
        Self { key, kid }
    }

    /// The RFC 7638 thumbprint of the public key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_dalek(self.key.verifying_key())
    }

    /// Signs `claims` as a compact JWS with the header `typ`, `alg: EdDSA` and `kid`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = serde_json::json!({ "alg": "EdDSA", "kid": self.kid, "typ": typ });
        let claims = serde_json::to_string(claims).map_err(|_| SignError::NotAnObject)?;
        if !claims.starts_with('{') {
            return Err(SignError::NotAnObject);
        }
        let mut token = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims));
        let signature = self.key.sign(token.as_bytes());
        token.push('.');
        token.push_str(&base64url::encode(signature.to_bytes()));
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(SignError::TooLong);
        }
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}
