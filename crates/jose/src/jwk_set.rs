//! JWK Sets (RFC 7517 section 5).

use serde::Serialize;
use serde_json::Value;

use crate::json;
use crate::jwk::{InvalidJwk, Jwk};
use crate::public_key::PublicKey;

/// The longest JWK Set that is read, in bytes.
pub const MAX_JWK_SET_LENGTH: usize = 256 * 1024;
/// The most keys that a JWK Set may hold, those of other kinds included.
pub const MAX_JWK_SET_KEYS: usize = 100;

/// Why a whole JWK Set is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    /// Longer than [`MAX_JWK_SET_LENGTH`] or more than [`MAX_JWK_SET_KEYS`] keys.
    #[error("the JWK Set is larger than {MAX_JWK_SET_LENGTH} bytes or {MAX_JWK_SET_KEYS} keys")]
    TooLarge,
    /// Not a JSON object with unique member names and an array `keys` of objects.
    #[error("a JWK Set is a JSON object with an array `keys` of JWKs")]
    NotAJwkSet,
    /// It holds a private or symmetric key: whoever published it has lost that key.
    #[error("the JWK Set holds a private member; only public keys may be given")]
    Private,
    /// Two keys share a `kid`.
    #[error("two keys of the JWK Set have the same kid")]
    DuplicateKid,
}

/// Why a JWK Set that somebody registers is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisteredKeysError {
    /// The set as a whole.
    #[error(transparent)]
    Set(#[from] JwkSetError),
    /// There is no key in it.
    #[error("the JWK Set has no key")]
    Empty,
    /// One of its keys can't be used.
    #[error("key {index} of the JWK Set (counted from 0): {why}")]
    Key {
        /// Its place in `keys`, counted from 0.
        index: usize,
        /// What is wrong with it.
        why: InvalidJwk,
    },
}

/// Public keys with different `kid`s (RFC 7517 section 5). Serializes as a JWK Set, public members only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads the JWK Set of somebody who registers it (RFC 7591 section 2, `jwks`): each key must be usable, and there
    /// must be one.
    ///
    /// # Errors
    /// [`RegisteredKeysError`], which names the key and what is wrong with it.
    pub fn from_registration(value: &Value) -> Result<Self, RegisteredKeysError> {
        let jwks = value.get("keys").and_then(Value::as_array).ok_or(JwkSetError::NotAJwkSet)?;
        if jwks.len() > MAX_JWK_SET_KEYS {
            return Err(JwkSetError::TooLarge.into());
        }
        let mut set = Self::default();
        for (index, jwk) in jwks.iter().enumerate() {
            let members = jwk.as_object().ok_or(JwkSetError::NotAJwkSet)?;
            let jwk = Jwk::from_members(members).map_err(|why| RegisteredKeysError::Key { index, why })?;
            if set.find(jwk.kid()).is_some() {
                return Err(JwkSetError::DuplicateKid.into());
            }
            set.keys.push(jwk);
        }
        if set.keys.is_empty() { Err(RegisteredKeysError::Empty) } else { Ok(set) }
    }

    /// The set of these keys of ours. A key given twice stands in it once.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut set = Self::default();
        for jwk in keys.into_iter().map(Jwk::new) {
            if set.find(jwk.kid()).is_none() {
                set.keys.push(jwk);
            }
        }
        set
    }

    /// Reads a JWK Set. Keys of other types or uses, and such as have missing or impossible members, are skipped, as
    /// RFC 7517 section 5 asks; so the set may be empty.
    ///
    /// # Errors
    /// [`JwkSetError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkSetError> {
        if bytes.len() > MAX_JWK_SET_LENGTH {
            return Err(JwkSetError::TooLarge);
        }
        let members = json::parse_object(bytes).ok_or(JwkSetError::NotAJwkSet)?;
        let jwks = members.get("keys").and_then(Value::as_array).ok_or(JwkSetError::NotAJwkSet)?;
        if jwks.len() > MAX_JWK_SET_KEYS {
            return Err(JwkSetError::TooLarge);
        }
        let mut set = Self::default();
        for jwk in jwks {
            match Jwk::from_members(jwk.as_object().ok_or(JwkSetError::NotAJwkSet)?) {
                Ok(jwk) if set.find(jwk.kid()).is_some() => return Err(JwkSetError::DuplicateKid),
                Ok(jwk) => set.keys.push(jwk),
                Err(InvalidJwk::Private) => return Err(JwkSetError::Private),
                Err(InvalidJwk::Unsupported | InvalidJwk::Member(_)) => {}
            }
        }
        Ok(set)
    }

    /// The JSON to publish as `application/jwk-set+json`.
    #[expect(clippy::missing_panics_doc, reason = "maps of text can always be written")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("maps of text can always be written")
    }

    /// The key of this name.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|jwk| jwk.kid() == kid).map(Jwk::key)
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}
