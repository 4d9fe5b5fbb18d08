//! APIs, verification keys, consumers, access requests.

use async_trait::async_trait;
use latchkey_types::{ApiId, OrgId, RequestId, Timestamp, VerificationKeyId};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::apis::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, Consumer, ConsumerPolicy, ConsumerPolicyChange,
    NewVerificationKey, VerificationKey, VerificationKeyRow,
};
use crate::hashing::SecretHash;
use crate::orgs::Org;

/// APIs and what belongs to them. A deleted API's id and audience stay behind as a tombstone: the id is never used
/// again, and the audience only by the same organisation.
#[async_trait]
pub trait ApiStore: Send + Sync {
    /// Inserts an API with its scopes. [`StoreError::Taken`] for the audience.
    async fn insert_api(&self, api: &Api, audit: &AuditEntry) -> Result<(), StoreError>;
    /// By id, whoever owns it; not deleted ones.
    async fn find_api(&self, id: &ApiId) -> Result<Option<Api>, StoreError>;
    /// By audience, whoever owns it; not deleted ones.
    async fn find_api_by_audience(&self, audience: &str) -> Result<Option<Api>, StoreError>;
    /// An organisation's, newest first; `search` is a prefix of name or audience, or an id.
    async fn list_apis(&self, org: &OrgId, search: Option<&str>, page: &Page) -> Result<Listed<Api>, StoreError>;
    /// Every public API with its owner, by name; not those of suspended organisations.
    async fn list_public_apis(&self, search: Option<&str>, page: &Page) -> Result<Listed<(Api, Org)>, StoreError>;
    /// Changes what isn't `None`. Logs a change of the API.
    async fn update_api(
        &self,
        org: &OrgId,
        id: &ApiId,
        change: &ApiChange,
        audit: &AuditEntry,
    ) -> Result<Api, StoreError>;
    /// Deletes an API that has no live credential (key neither revoked nor expired, app grant of an app not revoked),
    /// its verification keys, consumer policies and access requests. `Ok(false)` where there are live ones.
    async fn delete_api(&self, org: &OrgId, id: &ApiId, now: Timestamp, audit: &AuditEntry)
    -> Result<bool, StoreError>;

    /// Stores a verification key.
    async fn insert_verification_key(&self, new: &NewVerificationKey, audit: &AuditEntry) -> Result<(), StoreError>;
    /// By id, as verification needs it.
    async fn find_verification_key(&self, id: &VerificationKeyId) -> Result<Option<VerificationKeyRow>, StoreError>;
    /// Puts a hash of the current profile in the place of an older one, where it is still the same.
    async fn upgrade_verification_key_hash(
        &self,
        id: &VerificationKeyId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError>;
    /// An API's, newest first.
    async fn list_verification_keys(&self, api: &ApiId) -> Result<Vec<VerificationKey>, StoreError>;
    /// Deletes. [`StoreError::NotFound`] where it isn't this API's. Logs a change of the verification key.
    async fn delete_verification_key(
        &self,
        api: &ApiId,
        id: &VerificationKeyId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// What the API's owner decided for an organisation; the default where nothing was.
    async fn consumer_policy(&self, api: &ApiId, org: &OrgId) -> Result<ConsumerPolicy, StoreError>;
    /// Changes what isn't `None` and answers the whole policy; of two writers at once neither undoes the other's members
    /// (a stale edit of metadata can't lift a block). Logs a change of `<api>/<org>`.
    async fn change_consumer_policy(
        &self,
        api: &ApiId,
        org: &OrgId,
        change: &ConsumerPolicyChange,
        audit: &AuditEntry,
    ) -> Result<ConsumerPolicy, StoreError>;
    /// The other organisations that hold a key or an app grant for the API, or have a policy with it, by slug.
    async fn list_consumers(&self, api: &ApiId, page: &Page) -> Result<Listed<Consumer>, StoreError>;
    /// The organisation of this slug, where it is one of those, or asked for access to the API.
    async fn find_consumer(&self, api: &ApiId, slug: &str) -> Result<Option<Org>, StoreError>;

    /// Stores an access request. [`StoreError::Taken`] where the organisation has a pending one for this API.
    async fn insert_access_request(&self, request: &AccessRequest, audit: &AuditEntry) -> Result<(), StoreError>;
    /// An organisation's own requests, newest first.
    async fn list_access_requests_of(&self, org: &OrgId, page: &Page) -> Result<Listed<AccessRequest>, StoreError>;
    /// The requests for an API, newest first.
    async fn list_access_requests_for(&self, api: &ApiId, page: &Page) -> Result<Listed<AccessRequest>, StoreError>;
    /// One of them.
    async fn find_access_request(&self, api: &ApiId, id: &RequestId) -> Result<Option<AccessRequest>, StoreError>;
    /// Decides a pending request; `Approved` adds its scopes to the consumer's policy in the same transaction and logs
    /// a change of `<api>/<org>`. `Ok(None)` where it isn't pending any more. [`StoreError::NotFound`] where it isn't this API's.
    async fn decide_access_request(
        &self,
        api: &ApiId,
        id: &RequestId,
        decision: AccessRequestStatus,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<Option<AccessRequest>, StoreError>;
}
