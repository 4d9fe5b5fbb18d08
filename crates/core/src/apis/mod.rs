//! APIs (protected resource servers), their scopes, verification keys, consumers and access requests.

mod model;

pub use model::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, ApiScope, Consumer, ConsumerPolicy, NewVerificationKey,
    ScopeGrant, VerificationKey, VerificationKeyRow, Visibility,
};

use latchkey_types::{ApiId, RequestId, VerificationKeyId};
use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::operator::CredentialSummary;
use crate::orgs::Org;
use crate::plain_secret::PlainSecret;
use crate::ports::{Listed, Page};

/// A scope as typed.
#[derive(Clone, Debug)]
pub struct NewScope {
    /// The scope-token.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// How another organisation comes by it.
    pub grant: ScopeGrant,
}

/// What a new API is to be, as typed.
#[derive(Clone, Debug)]
pub struct NewApi {
    /// What people call it.
    pub name: String,
    /// Its identifier: an absolute URI without fragment.
    pub audience: String,
    /// Who may hold credentials for it.
    pub visibility: Visibility,
    /// Its scopes, at most 512.
    pub scopes: Vec<NewScope>,
    /// 60 to 3 600; 300 where `None`.
    pub token_ttl_seconds: Option<i64>,
}

/// Members of an API to change, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ApiPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another visibility.
    pub visibility: Option<Visibility>,
    /// All scopes, anew.
    pub scopes: Option<Vec<NewScope>>,
    /// 60 to 3 600.
    pub token_ttl_seconds: Option<i64>,
}

/// A verification key that was just made, with its secret, once.
#[derive(Clone, Debug)]
pub struct CreatedVerificationKey {
    /// The key.
    pub key: VerificationKey,
    /// Its secret.
    pub secret: PlainSecret,
}

/// What an API's owner decides for a consumer, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct PolicyPatch {
    /// Other metadata, or none.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All approved scopes, anew.
    pub scopes: Option<Vec<String>>,
}

/// Makes an API. Needs [`crate::Action::ManageApis`].
pub async fn create(_core: &Core, _caller: &Caller, _org: &str, _new: NewApi) -> Result<Api, Error> {
    todo!()
}

/// Lists an organisation's APIs, newest first.
pub async fn list(_core: &Core, _caller: &Caller, _org: &str, _search: Option<&str>, _page: &Page) -> Result<Listed<Api>, Error> {
    todo!()
}

/// One API of the organisation.
pub async fn get(_core: &Core, _caller: &Caller, _org: &str, _id: &ApiId) -> Result<Api, Error> {
    todo!()
}

/// Changes an API.
pub async fn update(_core: &Core, _caller: &Caller, _org: &str, _id: &ApiId, _patch: ApiPatch) -> Result<Api, Error> {
    todo!()
}

/// Deletes an API without live credentials; else [`crate::Conflict::LiveCredentials`].
pub async fn delete(_core: &Core, _caller: &Caller, _org: &str, _id: &ApiId) -> Result<(), Error> {
    todo!()
}

/// Makes a verification key; `environments` empty means live.
pub async fn create_verification_key(
    _core: &Core,
    _caller: &Caller,
    _org: &str,
    _api: &ApiId,
    _name: &str,
    _environments: Vec<latchkey_types::Environment>,
) -> Result<CreatedVerificationKey, Error> {
    todo!()
}

/// An API's verification keys, newest first.
pub async fn list_verification_keys(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId) -> Result<Vec<VerificationKey>, Error> {
    todo!()
}

/// Ends a verification key.
pub async fn delete_verification_key(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId, _id: &VerificationKeyId) -> Result<(), Error> {
    todo!()
}

/// The public APIs with their owners; any signed-in caller may look.
pub async fn catalogue(_core: &Core, _caller: &Caller, _search: Option<&str>, _page: &Page) -> Result<Listed<(Api, Org)>, Error> {
    todo!()
}

/// Asks for scopes of another organisation's public API (id or audience). Needs [`crate::Action::ManageCredentials`].
pub async fn request_access(_core: &Core, _caller: &Caller, _org: &str, _api: &str, _scopes: Vec<String>, _reason: &str) -> Result<AccessRequest, Error> {
    todo!()
}

/// What the organisation asked for, newest first.
pub async fn own_access_requests(_core: &Core, _caller: &Caller, _org: &str) -> Result<Vec<AccessRequest>, Error> {
    todo!()
}

/// What others ask for at the organisation's API, newest first.
pub async fn access_requests(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId) -> Result<Vec<AccessRequest>, Error> {
    todo!()
}

/// Approves or denies.
pub async fn decide_access_request(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId, _id: &RequestId, _approve: bool) -> Result<AccessRequest, Error> {
    todo!()
}

/// A consumer with its credentials for the API.
#[derive(Clone, Debug)]
pub struct ConsumerDetail {
    /// Who, and what was decided for it.
    pub consumer: Consumer,
    /// Its credentials for the API, newest first.
    pub credentials: Vec<CredentialSummary>,
}

/// The organisations that hold credentials for the API, by slug. Needs [`crate::Action::ReadApis`].
pub async fn consumers(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId) -> Result<Vec<ConsumerDetail>, Error> {
    todo!()
}

/// Blocks or unblocks a consumer.
pub async fn set_consumer_blocked(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId, _consumer: &str, _blocked: bool) -> Result<ConsumerPolicy, Error> {
    todo!()
}

/// Decides metadata and scopes for a consumer.
pub async fn set_consumer_policy(_core: &Core, _caller: &Caller, _org: &str, _api: &ApiId, _consumer: &str, _patch: PolicyPatch) -> Result<ConsumerPolicy, Error> {
    todo!()
}
