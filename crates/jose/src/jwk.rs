//! Public keys as JWKs (RFC 7517, RFC 7518 section 6, RFC 8037).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::compact::MAX_KID_LENGTH;
use crate::public_key::{InvalidKey, PublicKey};

/// Members that only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; RFC 8037 section 2).
pub const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why one JWK is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// It holds a private or symmetric key, which must never be where public keys are expected.
    #[error("the JWK holds a private member; only the public key may be given")]
    Private,
    /// Another key type, curve or algorithm, or a key for another use than verifying signatures.
    #[error("the JWK is not a key for signatures with EdDSA (OKP, Ed25519), ES256 (EC, P-256), RS256 or PS256 (RSA)")]
    Unsupported,
    /// A member is missing, has the wrong type or a value that isn't allowed.
    #[error("the JWK's member `{0}` is missing or not allowed")]
    Member(&'static str),
}

/// A public key with its name.
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

    /// The key. Where the JWK had `alg`, for that algorithm alone.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Reads one JWK (RFC 7517 section 4). Members that mean nothing here are ignored.
    ///
    /// # Errors
    /// [`InvalidJwk`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, InvalidJwk> {
        if PRIVATE_MEMBERS.into_iter().any(|name| members.contains_key(name)) {
            return Err(InvalidJwk::Private);
        }
        if !is_for_verifying(members)? {
            return Err(InvalidJwk::Unsupported);
        }
        let algorithm = text(members, "alg")?.map(str::parse::<Algorithm>).transpose();
        let algorithm = algorithm.map_err(|_| InvalidJwk::Unsupported)?;
        let mut key = public_key(members)?;
        if let Some(algorithm) = algorithm {
            key = key.only(algorithm).ok_or(InvalidJwk::Unsupported)?;
        }
        match text(members, "kid")? {
            None => Ok(Self::new(key)),
            Some(kid) if kid.len() <= MAX_KID_LENGTH => Ok(Self { kid: kid.to_owned(), key }),
            Some(_) => Err(InvalidJwk::Member("kid")),
        }
    }
}

fn public_key(members: &Map<String, Value>) -> Result<PublicKey, InvalidJwk> {
    match text(members, "kty")?.ok_or(InvalidJwk::Member("kty"))? {
        "OKP" => {
            expect_curve(members, "Ed25519")?;
            PublicKey::from_ed25519(&coordinate(members, "x")?).map_err(|InvalidKey| InvalidJwk::Member("x"))
        }
        "EC" => {
            expect_curve(members, "P-256")?;
            let (x, y) = (coordinate(members, "x")?, coordinate(members, "y")?);
            PublicKey::from_p256(&x, &y).map_err(|InvalidKey| InvalidJwk::Member("y"))
        }
        "RSA" => {
            let (n, e) = (bytes(members, "n")?, bytes(members, "e")?);
            // the exponent is at fault where a modulus beyond doubt doesn't help
            PublicKey::from_rsa(&n, &e).map_err(|InvalidKey| {
                if PublicKey::from_rsa(&n, &[1, 0, 1]).is_ok() {
                    InvalidJwk::Member("e")
                } else {
                    InvalidJwk::Member("n")
                }
            })
        }
        _ => Err(InvalidJwk::Unsupported),
    }
}

fn is_for_verifying(members: &Map<String, Value>) -> Result<bool, InvalidJwk> {
    let verifies = match members.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => return Err(InvalidJwk::Member("key_ops")),
    };
    Ok(text(members, "use")?.is_none_or(|usage| usage == "sig") && verifies)
}

fn expect_curve(members: &Map<String, Value>, curve: &str) -> Result<(), InvalidJwk> {
    if text(members, "crv")?.ok_or(InvalidJwk::Member("crv"))? == curve { Ok(()) } else { Err(InvalidJwk::Unsupported) }
}

fn coordinate(members: &Map<String, Value>, name: &'static str) -> Result<[u8; 32], InvalidJwk> {
    bytes(members, name)?.try_into().map_err(|_| InvalidJwk::Member(name))
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, InvalidJwk> {
    text(members, name)?.and_then(base64url::decode).ok_or(InvalidJwk::Member(name))
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, InvalidJwk> {
    members.get(name).map(|value| value.as_str().ok_or(InvalidJwk::Member(name))).transpose()
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (name, value) in self.key.members() {
            members.serialize_entry(name, &value)?;
        }
        members.serialize_entry("kid", &self.kid)?;
        members.serialize_entry("use", "sig")?;
        if let [algorithm] = self.key.algorithms() {
            members.serialize_entry("alg", algorithm.as_str())?;
        }
        members.end()
    }
}
