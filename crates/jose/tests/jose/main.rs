//! Tokens and keys as callers of the crate see them.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that isn't so")]

mod actors;
mod addresses;
mod algorithms;
mod assertion;
mod dpop;
mod forgery;
mod interop;
mod introspection;
mod jwk;
mod kinds;
mod no_panic;
mod registration;
mod signatures;
mod signing_keys;
mod spki;
mod token;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use latchkey_jose::{AccessToken, Algorithm, CompactJws, Cred, Principal, PublicKey, SigningKey, VerifyError};
use latchkey_types::{ScopeSet, Timestamp};
use serde_json::Value;

const ISSUER: &str = "https://keys.example";
const AUDIENCE: &str = "https://orders.example";
/// Far ahead, so that implementations which read the clock take it too.
const EXPIRY: Timestamp = Timestamp::from_seconds(253_402_300_799);

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

static P256: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256, |buffer| buffer.fill(7)).unwrap());
static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Rs256, |_| panic!("RSA takes no randomness")).unwrap());
/// The same RSA key, for the other algorithm.
static PSS: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_private_bytes(Algorithm::Ps256, &RSA.private_bytes()).unwrap());

/// The key of each algorithm. RSA's is made once in a process.
fn key_for(algorithm: Algorithm) -> SigningKey {
    match algorithm {
        Algorithm::EdDsa => signing_key(),
        Algorithm::Es256 => P256.clone(),
        Algorithm::Rs256 => RSA.clone(),
        Algorithm::Ps256 => PSS.clone(),
    }
}

/// The key as jsonwebtoken takes it.
fn encoding_key(key: &SigningKey) -> EncodingKey {
    /// PKCS #8 around an Ed25519 seed (RFC 8410 section 7).
    const ED25519_PREFIX: [u8; 16] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20];
    /// What PKCS #8 puts before the PKCS #1 of a 2048 bit key.
    const RSA_PREFIX_LENGTH: usize = 26;
    let bytes = key.private_bytes();
    match key.alg() {
        Algorithm::EdDsa => EncodingKey::from_ed_der(&[&ED25519_PREFIX[..], &bytes].concat()),
        Algorithm::Es256 => EncodingKey::from_ec_der(&bytes),
        Algorithm::Rs256 | Algorithm::Ps256 => EncodingKey::from_rsa_der(&bytes[RSA_PREFIX_LENGTH..]),
    }
}

fn other_library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.as_str().parse().unwrap()
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Any header and claims, truly signed by the key.
fn jws(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &encoding_key(key), other_library(key.alg())).unwrap();
    format!("{input}.{signature}")
}

/// The parts before the last dot, and the signature's bytes.
fn parts(token: &str) -> (&str, Vec<u8>) {
    let (input, signature) = token.rsplit_once('.').unwrap();
    (input, URL_SAFE_NO_PAD.decode(signature).unwrap())
}

fn access_token() -> AccessToken {
    AccessToken {
        iss: ISSUER.into(),
        sub: "key_0123456789abcdef".into(),
        aud: AUDIENCE.into(),
        exp: EXPIRY,
        iat: Timestamp::from_seconds(1000),
        nbf: Timestamp::from_seconds(1000),
        jti: "0123456789abcdef".into(),
        client_id: "key_0123456789abcdef".into(),
        scope: ScopeSet::from_parameter("orders:read orders:write").unwrap(),
        org: "org_0123456789abcdef".parse().unwrap(),
        principal: Principal::Service,
        cred: Cred::JwtKey,
        act: None,
        may_act: None,
        cnf: None,
        addresses: Vec::new(),
        purpose: None,
    }
}

fn verify(token: &str, key: &PublicKey) -> Result<AccessToken, VerifyError> {
    AccessToken::verify(&CompactJws::parse(token)?, key)
}
