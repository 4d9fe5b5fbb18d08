//! Signing keys: made at first start, sealed at rest, published before use, rotated.

mod model;

pub use model::{SigningKeyRow, SigningKeyState};

use latchkey_types::Timestamp;

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// How long a key is published before it signs, in seconds; the very first one excepted.
pub const PUBLISH_BEFORE_USE_SECONDS: i64 = 15 * 60;
/// `max-age` of the JWKS, in seconds.
pub const JWKS_MAX_AGE_SECONDS: i64 = 300;
/// How old the active key gets before the job rotates it, in seconds: 30 days.
pub const ROTATE_AFTER_SECONDS: i64 = 30 * 24 * 3600;

/// The signing keys of this moment, opened, in memory. Replaced as a whole when a change of a signing key is seen.
#[derive(Default)]
pub struct Keyring {}

/// A signing key as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyInfo {
    /// Its `kid`.
    pub kid: String,
    /// Its algorithm: `EdDSA`.
    pub alg: &'static str,
    /// Where it stands.
    pub state: SigningKeyState,
    /// When it was made, and so published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Loads the keys into the keyring, making the first two where there are none.
pub async fn load(_core: &Core) -> Result<(), Error> {
    todo!()
}

/// What `/.well-known/jwks.json` answers: the public members of `next`, `active` and `retired` keys.
pub async fn jwks(_core: &Core) -> Result<serde_json::Value, Error> {
    todo!()
}

/// All keys, for operators.
pub async fn list(_core: &Core, _caller: &Caller) -> Result<Vec<SigningKeyInfo>, Error> {
    todo!()
}

/// Promotes `next` once it is old enough, else [`crate::Conflict::NotYetPublished`], which says when.
pub async fn rotate(_core: &Core, _caller: &Caller) -> Result<(), Error> {
    todo!()
}

/// Revokes a key; of the active one it promotes `next` at once.
pub async fn revoke(_core: &Core, _caller: &Caller, _kid: &str) -> Result<(), Error> {
    todo!()
}

/// The job's round: rotates what is due, deletes retired keys whose last token has expired (those revoked too).
pub async fn maintain(_core: &Core) -> Result<(), Error> {
    todo!()
}

/// Seals every key under the current master key: the work of `master-key rotate`. Answers how many.
pub async fn reseal(_core: &Core, _caller: &Caller) -> Result<u64, Error> {
    todo!()
}
