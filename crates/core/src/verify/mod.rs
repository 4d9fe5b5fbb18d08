//! The hot path: is this credential good, here, now (contract section 4)?

use std::net::IpAddr;
use std::time::Duration;

use latchkey_types::{CredentialKind, Environment, Outcome, ScopeSet, Timestamp};

use crate::core::Core;
use crate::error::Error;
use crate::ports::Change;
use crate::settings::Settings;

/// What an API asks.
#[derive(Clone, Debug, Default)]
pub struct VerifyRequest<'a> {
    /// What the caller presented.
    pub credential: &'a str,
    /// What it must be allowed; scope-tokens as sent.
    pub scopes: &'a [String],
    /// Where it was used from.
    pub ip: Option<IpAddr>,
}

/// What an API is told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The code; `Valid` is the only good one.
    pub code: Outcome,
    /// Of a credential of this API: its id.
    pub id: Option<String>,
    /// Of a valid one: all that may be said.
    pub valid: Option<std::sync::Arc<Verified>>,
    /// With `InsufficientScope`: what is missing.
    pub missing_scopes: Vec<String>,
}

/// What is said of a credential that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// `key_…`, or a token's `jti`.
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// Live or test.
    pub environment: Environment,
    /// What its holder calls it.
    pub name: String,
    /// Which of a key's secrets.
    pub generation: Option<u32>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// The holder's id.
    pub org_id: String,
    /// The holder's slug.
    pub org_slug: String,
    /// `key_…`, or a token's client.
    pub subject: String,
    /// The API's audience.
    pub api: String,
    /// What it may.
    pub scopes: ScopeSet,
    /// Whom the API's owner gave it to.
    pub owner: Option<String>,
    /// What the API's owner wants to be told.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// The verified-cache, and how fresh it is.
pub struct Verifier {}

impl Verifier {
    /// An empty cache.
    pub fn new(_settings: &Settings, _now: Duration) -> Self {
        todo!()
    }

    /// Drops every entry that stands on what changed.
    pub fn forget(&self, _changes: &[Change]) {
        todo!()
    }
}

/// Asks about a credential on behalf of the API that this verification key is bound to.
///
/// # Errors
/// [`Error::Unauthenticated`] for a verification key that isn't good, [`Error::TooMany`] for too many first-sight checks
/// of bad secrets, [`Error::Unavailable`] where the answer can't be known.
pub async fn verify(_core: &Core, _verification_key: &str, _request: &VerifyRequest<'_>) -> Result<Answer, Error> {
    todo!()
}

/// Follows the change log once: reads what changed since the last look and drops it from the cache. The job calls it
/// several times a second and on notification.
pub async fn follow(_core: &Core) -> Result<(), Error> {
    todo!()
}
