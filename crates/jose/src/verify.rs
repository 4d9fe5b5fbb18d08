//! Verifying a JWS with a key that the caller chose (RFC 8725 section 3.1).

use ed25519_dalek::Signature;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::compact::{CompactJws, Malformed};
use crate::json;
use crate::jwk::{JwkSet, PublicKey};

/// What an Ed25519 key's signatures are called: `EdDSA` (RFC 8037), `Ed25519` (RFC 9864).
const ED25519_ALGORITHMS: [&str; 2] = ["EdDSA", "Ed25519"];

/// Why a token doesn't hold. Says nothing of what stood in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a JWS that could be verified, or its payload is not an object.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No `kid`, or none of the keys has it.
    #[error("the token names no key that is known")]
    UnknownKey,
    /// `alg` is not one of the key's.
    #[error("the token's algorithm is not the key's")]
    WrongAlgorithm,
    /// `typ` is not the expected one: a token for another purpose.
    #[error("the token is of another type")]
    WrongType,
    /// The header brings a key of its own (`jwk`, `jku`, `x5c`, `x5u`), which our tokens never do.
    #[error("the token brings its own key")]
    BringsAKey,
    /// The signature is not this key's over this token.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// The signature holds, but a claim is missing or has the wrong type or form.
    #[error("a claim of the token is missing or not of its type")]
    WrongClaims,
}

/// The claims of a token whose type and signature hold. Nothing is said yet of issuer, audience and times.
#[derive(Clone, PartialEq)]
pub struct VerifiedClaims(Map<String, Value>);

impl VerifiedClaims {
    /// One claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All of them, as a type.
    ///
    /// # Errors
    /// [`VerifyError::WrongClaims`].
    pub fn into_typed<T: DeserializeOwned>(self) -> Result<T, VerifyError> {
        serde_json::from_value(Value::Object(self.0)).map_err(|_| VerifyError::WrongClaims)
    }
}

impl std::fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifiedClaims")
    }
}

impl CompactJws<'_> {
    /// Checks algorithm, type and signature, and only then reads the claims.
    ///
    /// # Errors
    /// [`VerifyError`], the first that applies of `WrongAlgorithm`, `WrongType`, `BadSignature`, `Malformed`.
    pub fn verify(&self, key: &PublicKey, typ: &str) -> Result<VerifiedClaims, VerifyError> {
        if !ED25519_ALGORITHMS.contains(&self.header().alg()) {
            return Err(VerifyError::WrongAlgorithm);
        }
        if !self.header().is_type(typ) {
            return Err(VerifyError::WrongType);
        }
        self.verify_signature(key)?;
        json::parse_object(self.payload()).map(VerifiedClaims).ok_or(VerifyError::Malformed(Malformed::NotJson))
    }

    /// Takes only what RFC 8032 section 5.1.7 takes, and no R of small order: a signature has one form.
    fn verify_signature(&self, key: &PublicKey) -> Result<(), VerifyError> {
        let signature = Signature::from_slice(self.signature()).map_err(|_| VerifyError::BadSignature)?;
        key.as_dalek().verify_strict(self.signing_input(), &signature).map_err(|_| VerifyError::BadSignature)
    }

    /// The key of the set that the header's `kid` names.
    ///
    /// # Errors
    /// [`VerifyError::UnknownKey`].
    pub fn key_in<'k>(&self, keys: &'k JwkSet) -> Result<&'k PublicKey, VerifyError> {
        self.header().kid().and_then(|kid| keys.find(kid)).ok_or(VerifyError::UnknownKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    // RFC 8037 appendix A.4
    #[test]
    fn the_example_of_the_standard_verifies() {
        let x = base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey::from_bytes(&x.try_into().unwrap()).unwrap();
        let token = concat!(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWb",
            "hijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert_eq!(CompactJws::parse(token).unwrap().verify_signature(&key), Ok(()));
        let other = token.replace("RXhh", "RXhi");
        assert_eq!(CompactJws::parse(&other).unwrap().verify_signature(&key), Err(VerifyError::BadSignature));
    }
}
