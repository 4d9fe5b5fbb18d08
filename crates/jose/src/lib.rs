//! Strict JWS, JWT and JWK rules (RFC 7515, 7517, 7519, 8037, 8725), in one place for the portal and the verifier.
//!
//! A caller parses ([`CompactJws::parse`]), looks at the `kid` to choose a key, verifies with that key
//! ([`CompactJws::verify`], or [`AccessToken::verify`] for tokens of ours), and then checks the claims.
//! Other parties' tokens have readers of their own: [`Assertion`] (RFC 7521, RFC 7523), [`DpopProof`] (RFC 9449), and
//! [`CompactJws::verify_with`] for the rest. jsonwebtoken does the mathematics of ES256, RS256 and PS256 behind these
//! rules, ed25519-dalek that of `EdDSA`.
//!
//! No I/O, no clock: keys and the time are handed in. Randomness too, but for what only the operating system can give
//! ([`SigningKey::generate`]).

mod access_token;
mod actor;
mod addresses;
mod algorithm;
mod assertion;
mod base64url;
mod claims;
mod compact;
mod confirmation;
mod dpop;
mod http_url;
mod introspection;
mod json;
mod jwk;
mod jwk_set;
mod public_key;
mod sign;
mod verify;

pub use access_token::{AccessToken, Cred, Principal};
pub use actor::{Actor, MAX_ACTORS, MayAct};
pub use addresses::AddressRules;
pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use assertion::{Assertion, AssertionError, AssertionKind, MAX_ASSERTION_SECONDS};
pub use claims::{ClaimError, LEEWAY_SECONDS, MAX_JTI_LENGTH, check_audience, check_issuer, check_times, numeric_date};
pub use compact::{CompactJws, Header, MAX_KID_LENGTH, MAX_TOKEN_LENGTH, Malformed};
pub use confirmation::Confirmation;
pub use dpop::{DPOP_MAX_AGE_SECONDS, DPOP_MAX_AHEAD_SECONDS, DpopError, DpopProof, DpopRequest};
pub use introspection::IntrospectionToken;
pub use jwk::{InvalidJwk, Jwk, PRIVATE_MEMBERS};
pub use jwk_set::{JwkSet, JwkSetError, MAX_JWK_SET_KEYS, MAX_JWK_SET_LENGTH, RegisteredKeysError};
pub use public_key::{InvalidKey, PublicKey, RSA_MODULUS_BITS};
pub use sign::{InvalidPrivateKey, SignError, SigningKey};
pub use verify::{TypeRule, VerifiedClaims, VerifyError};
