//! Public Ed25519 keys as JWKs and JWK Sets (RFC 7517, RFC 8037), and their thumbprints (RFC 7638).

use std::fmt;

use ed25519_dalek::VerifyingKey;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::compact::MAX_KID_LENGTH;
use crate::{base64url, json};

/// The longest JWK Set that is read, in bytes.
pub const MAX_JWK_SET_LENGTH: usize = 256 * 1024;
/// The most keys that a JWK Set may hold, those of other kinds included.
pub const MAX_JWK_SET_KEYS: usize = 100;

/// Members that only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The 32 bytes are not an Ed25519 public key that can be trusted: no point of the curve, another encoding than the
/// canonical one, or a point of small order, for which a signature can be made without the private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 public key")]
pub struct InvalidKey;

/// An Ed25519 public key (RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads the 32 bytes of RFC 8032 section 5.1.5.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, InvalidKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| InvalidKey)?;
        if key.is_weak() || !is_canonical(bytes) {
            return Err(InvalidKey);
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032 section 5.1.5.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The RFC 7638 thumbprint (SHA-256, base64url): the `kid` of our keys.
    pub fn thumbprint(&self) -> String {
        let required_members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        base64url::encode(Sha256::digest(required_members))
    }

    pub(crate) fn from_dalek(key: VerifyingKey) -> Self {
        Self(key)
    }

    pub(crate) fn as_dalek(&self) -> &VerifyingKey {
        &self.0
    }

    fn x(&self) -> String {
        base64url::encode(self.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.x())
    }
}

/// Whether the y coordinate (little endian, without the sign bit) is below the field's prime 2^255 - 19. The only
/// other double encoding, x = 0 with a sign, belongs to points of small order.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    bytes[31] & 0x7F != 0x7F || bytes[1..31].iter().any(|byte| *byte != 0xFF) || bytes[0] < 0xED
}

/// Why one JWK is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// It holds a private or symmetric key, which must never be where public keys are expected.
    #[error("the JWK holds a private member; only the public key may be given")]
    Private,
    /// Another key type or curve, or a key for another use than verifying signatures.
    #[error("the JWK is not an Ed25519 key for signatures (kty OKP, crv Ed25519)")]
    Unsupported,
    /// A member is missing, has the wrong type or a value that isn't allowed.
    #[error("the JWK's member `{0}` is missing or not allowed")]
    Member(&'static str),
}

/// A public Ed25519 key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    kid: String,
    key: PublicKey,
}

impl Jwk {
    /// A key of ours: its `kid` is its thumbprint.
    pub fn new(key: PublicKey) -> Self {
        Self { kid: key.thumbprint(), key }
    }

    /// The name to look it up by. Where a JWK that was read had none, its thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Reads one JWK (RFC 7517 section 4, RFC 8037 section 2). Members that mean nothing here are ignored.
    ///
    /// # Errors
    /// [`InvalidJwk`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, InvalidJwk> {
        if PRIVATE_MEMBERS.into_iter().any(|name| members.contains_key(name)) {
            return Err(InvalidJwk::Private);
        }
        if !is_ed25519_for_signatures(members)? {
            return Err(InvalidJwk::Unsupported);
        }
        let x = text(members, "x")?.and_then(base64url::decode).ok_or(InvalidJwk::Member("x"))?;
        let bytes = x.try_into().map_err(|_| InvalidJwk::Member("x"))?;
        let key = PublicKey::from_bytes(&bytes).map_err(|InvalidKey| InvalidJwk::Member("x"))?;
        match text(members, "kid")? {
            None => Ok(Self::new(key)),
            Some(kid) if kid.len() <= MAX_KID_LENGTH => Ok(Self { kid: kid.to_owned(), key }),
            Some(_) => Err(InvalidJwk::Member("kid")),
        }
    }
}

fn is_ed25519_for_signatures(members: &Map<String, Value>) -> Result<bool, InvalidJwk> {
    let verifies = match members.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => return Err(InvalidJwk::Member("key_ops")),
    };
    Ok(verifies
        && text(members, "kty")?.ok_or(InvalidJwk::Member("kty"))? == "OKP"
        && text(members, "crv")?.ok_or(InvalidJwk::Member("crv"))? == "Ed25519"
        && text(members, "use")?.is_none_or(|usage| usage == "sig")
        && text(members, "alg")?.is_none_or(|alg| alg == "EdDSA" || alg == "Ed25519"))
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, InvalidJwk> {
    members.get(name).map(|value| value.as_str().ok_or(InvalidJwk::Member(name))).transpose()
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(6))?;
        members.serialize_entry("kty", "OKP")?;
        members.serialize_entry("crv", "Ed25519")?;
        members.serialize_entry("x", &self.key.x())?;
        members.serialize_entry("kid", &self.kid)?;
        members.serialize_entry("use", "sig")?;
        members.serialize_entry("alg", "EdDSA")?;
        members.end()
    }
}

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

/// Public Ed25519 keys with different `kid`s (RFC 7517 section 5). Serializes as a JWK Set, public members only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
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
        self.keys.iter().find(|jwk| jwk.kid == kid).map(Jwk::key)
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}
