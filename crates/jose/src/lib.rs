//! Strict JWS, JWT and JWK rules (RFC 7515, 7517, 7519, 8037, 8725), in one place for the portal and the verifier.
//!
//! A caller parses ([`CompactJws::parse`]), looks at the `kid` to choose a key, verifies with that key
//! ([`CompactJws::verify`], or [`AccessToken::verify`] for tokens of ours), and then checks the claims.
//! No I/O, no clock, no randomness: keys, seeds and the time are handed in.

mod access_token;
mod base64url;
mod claims;
mod compact;
mod json;
mod jwk;
mod sign;
mod verify;

pub use access_token::{AccessToken, Cred, Principal};
pub use claims::{ClaimError, LEEWAY_SECONDS, check_audience, check_issuer, check_times, numeric_date};
pub use compact::{CompactJws, Header, MAX_KID_LENGTH, MAX_TOKEN_LENGTH, Malformed};
pub use jwk::{InvalidJwk, InvalidKey, Jwk, JwkSet, JwkSetError, MAX_JWK_SET_KEYS, MAX_JWK_SET_LENGTH, PublicKey};
pub use sign::{SignError, SigningKey};
pub use verify::{VerifiedClaims, VerifyError};
