//! API keys and JWT keys.

mod model;

pub use model::{Generation, GenerationSecret, Key, KeyChange, KeyFilter, VerifiableKey};

use latchkey_types::{ApiId, CredentialKind, Environment, KeyId, Timestamp};
use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::ports::{Listed, Page};

/// What a new key is to be. Texts as typed: the use case checks them and names each bad member.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// `ApiKey` or `JwtKey`.
    pub kind: CredentialKind,
    /// What people call it.
    pub name: String,
    /// The API's id or its audience.
    pub api: String,
    /// Live or test.
    pub environment: Environment,
    /// What it may.
    pub scopes: Vec<String>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gives it to.
    pub owner: Option<String>,
    /// What the API's owner wants to be told at verification.
    pub metadata: Option<Map<String, Value>>,
    /// The holder's own notes.
    pub labels: Option<Map<String, Value>>,
    /// CIDRs or single addresses.
    pub allowed_ips: Vec<String>,
}

/// Members of a key to change, as typed; `None` leaves it, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct KeyPatch {
    /// Another name.
    pub name: Option<String>,
    /// Other scopes.
    pub scopes: Option<Vec<String>>,
    /// Another end, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another owner, or none.
    pub owner: Option<Option<String>>,
    /// Other metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Other notes.
    pub labels: Option<Map<String, Value>>,
    /// Other addresses.
    pub allowed_ips: Option<Vec<String>>,
}

/// A key that was just made or rotated, with its secret (API key) or JWT (JWT key), once.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// The secret or the JWT.
    pub secret: PlainSecret,
}

/// Makes a key. Needs [`crate::Action::ManageCredentials`].
pub async fn create(_core: &Core, _caller: &Caller, _org: &str, _new: NewKey) -> Result<CreatedKey, Error> {
    todo!()
}

/// Lists keys, newest first.
pub async fn list(_core: &Core, _caller: &Caller, _org: &str, _filter: &KeyFilter, _page: &Page) -> Result<Listed<Key>, Error> {
    todo!()
}

/// One key.
pub async fn get(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId) -> Result<Key, Error> {
    todo!()
}

/// Changes a key.
pub async fn update(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId, _patch: KeyPatch) -> Result<Key, Error> {
    todo!()
}

/// A new secret of the next generation; the old one holds for `overlap_seconds` more (0 to 2 592 000).
pub async fn rotate(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId, _overlap_seconds: i64) -> Result<CreatedKey, Error> {
    todo!()
}

/// Switches a key off.
pub async fn disable(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId) -> Result<Key, Error> {
    todo!()
}

/// Switches a key on. [`crate::Conflict::AlreadyRevoked`] where it is revoked.
pub async fn enable(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId) -> Result<Key, Error> {
    todo!()
}

/// Ends a key for good; again is fine.
pub async fn revoke(_core: &Core, _caller: &Caller, _org: &str, _id: &KeyId, _reason: Option<String>) -> Result<Key, Error> {
    todo!()
}

/// The APIs that an organisation may hold credentials for, with the scopes it may take: its own, and public ones.
#[derive(Clone, Debug)]
pub struct GrantableApi {
    /// The API.
    pub api: crate::apis::Api,
    /// Whether it is the organisation's own.
    pub own: bool,
    /// What the organisation may take of it.
    pub scopes: latchkey_types::ScopeSet,
}

/// What a new credential of this organisation can be for, own APIs first, at most 200.
pub async fn grantable_apis(_core: &Core, _caller: &Caller, _org: &str) -> Result<Vec<GrantableApi>, Error> {
    todo!()
}

/// The API of this id or audience, where the organisation may hold credentials for it.
pub(crate) async fn find_grantable(_core: &Core, _org: &crate::orgs::Org, _api: &str) -> Result<Option<GrantableApi>, Error> {
    let _: Option<ApiId> = None;
    todo!()
}
