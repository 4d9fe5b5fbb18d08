//! Tokens and keys as callers of the crate see them.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that isn't so")]

mod forgery;
mod interop;
mod jwk;
mod no_panic;
mod token;

use latchkey_jose::{AccessToken, CompactJws, Cred, Principal, PublicKey, SigningKey, VerifyError};
use latchkey_types::{ScopeSet, Timestamp};

const ISSUER: &str = "https://keys.example";
const AUDIENCE: &str = "https://orders.example";
/// Far ahead, so that implementations which read the clock take it too.
const EXPIRY: Timestamp = Timestamp::from_seconds(253_402_300_799);

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
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
    }
}

fn verify(token: &str, key: &PublicKey) -> Result<AccessToken, VerifyError> {
    AccessToken::verify(&CompactJws::parse(token)?, key)
}
