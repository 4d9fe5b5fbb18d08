//! Organisations, members, invitations, management keys.

use async_trait::async_trait;
use latchkey_types::{InvitationId, ManagementKeyId, OrgId, Role, Timestamp, UserId};

use super::{AuditEntry, Listed, Page, StoreError};
use crate::hashing::SecretHash;
use crate::management_keys::{ManagementKey, NewManagementKey};
use crate::orgs::{Invitation, Member, NewInvitation, Org, OrgChange};

/// An organisation and what a person is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub org: Org,
    /// As what.
    pub role: Role,
}

/// Organisations and who belongs to them.
#[async_trait]
pub trait OrgStore: Send + Sync {
    /// Inserts an organisation, with its first owner or the invitation of one where they are named.
    /// [`StoreError::Taken`] for the slug.
    async fn insert_org(
        &self,
        org: &Org,
        owner: Option<&UserId>,
        invitation: Option<&NewInvitation>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// By slug.
    async fn find_org(&self, slug: &str) -> Result<Option<Org>, StoreError>;
    /// By id.
    async fn find_org_by_id(&self, id: &OrgId) -> Result<Option<Org>, StoreError>;
    /// All organisations by slug; `search` is a prefix of slug or name.
    async fn list_orgs(&self, search: Option<&str>, page: &Page) -> Result<Listed<Org>, StoreError>;
    /// Where a person is a member, by name.
    async fn memberships(&self, user: &UserId) -> Result<Vec<Membership>, StoreError>;
    /// The organisation of this slug and the person's role in it; `None` where either is missing.
    async fn membership(&self, slug: &str, user: &UserId) -> Result<Option<Membership>, StoreError>;
    /// Changes what isn't `None`. [`StoreError::Taken`] for the slug. Logs a change of the organisation.
    async fn update_org(&self, id: &OrgId, change: &OrgChange, audit: &AuditEntry) -> Result<Org, StoreError>;
    /// Suspends (`Some`) or unsuspends. Logs a change of the organisation.
    async fn set_org_suspended(&self, id: &OrgId, at: Option<Timestamp>, audit: &AuditEntry) -> Result<(), StoreError>;

    /// Members by name.
    async fn list_members(&self, org: &OrgId, page: &Page) -> Result<Listed<Member>, StoreError>;
    /// One of them.
    async fn find_member(&self, org: &OrgId, user: &UserId) -> Result<Option<Member>, StoreError>;
    /// Whether this is the verified address of a member, whatever the ASCII letters' case.
    async fn is_address_of_member(&self, org: &OrgId, email: &str) -> Result<bool, StoreError>;
    /// Gives a member whose role is `from` the role `to`. `Ok(false)`, nothing written, where that would leave no owner.
    /// [`StoreError::NotFound`] for no such member, [`StoreError::Stale`] where their role isn't `from` any more. Logs a
    /// change of the user.
    async fn set_member_role(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Role,
        to: Role,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Removes a member whose role is `from`; the rest as [`OrgStore::set_member_role`].
    async fn remove_member(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Role,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Stores an invitation in the place of `replaced`, the open links for its address, which are taken back. `Ok(false)`,
    /// nothing written, where [`crate::orgs::MAX_OPEN_INVITATIONS`] others are open. [`StoreError::Stale`] where other links
    /// than `replaced` are open for the address.
    async fn insert_invitation(
        &self,
        new: &NewInvitation,
        replaced: &[InvitationId],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// The invitations of an organisation, newest first.
    async fn list_invitations(&self, org: &OrgId, page: &Page) -> Result<Listed<Invitation>, StoreError>;
    /// One of them.
    async fn find_invitation_of(&self, org: &OrgId, id: &InvitationId) -> Result<Option<Invitation>, StoreError>;
    /// The links for this address (whatever the ASCII letters' case) that are open now.
    async fn open_links_for(&self, org: &OrgId, email: &str, now: Timestamp) -> Result<Vec<Invitation>, StoreError>;
    /// By the hash of its token, with its organisation.
    async fn find_invitation(&self, token_hash: &[u8; 32]) -> Result<Option<(Invitation, Org)>, StoreError>;
    /// Takes an open invitation back. `Ok(false)` where it isn't open any more.
    async fn revoke_invitation(
        &self,
        org: &OrgId,
        id: &InvitationId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Accepts an open, unexpired invitation and adds the member, once, by one conditional update. `Ok(false)`
    /// where it isn't open any more. [`StoreError::Taken`] where the person is a member already.
    async fn accept_invitation(
        &self,
        id: &InvitationId,
        user: &UserId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Stores a management key.
    async fn insert_management_key(&self, new: &NewManagementKey, audit: &AuditEntry) -> Result<(), StoreError>;
    /// By id, with the hash of its secret.
    async fn find_management_key(&self, id: &ManagementKeyId) -> Result<Option<NewManagementKey>, StoreError>;
    /// An organisation's, or the operators' where `None`, newest first, revoked ones too.
    async fn list_management_keys(&self, org: Option<&OrgId>) -> Result<Vec<ManagementKey>, StoreError>;
    /// Revokes; again is fine. [`StoreError::NotFound`] where it isn't this organisation's. Logs a change of the key.
    async fn revoke_management_key(
        &self,
        org: Option<&OrgId>,
        id: &ManagementKeyId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Puts a hash of the current profile in the place of an older one, where it is still the same.
    async fn upgrade_management_key_hash(
        &self,
        id: &ManagementKeyId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError>;
    /// Notes a use, at most once a minute.
    async fn touch_management_key(&self, id: &ManagementKeyId, now: Timestamp) -> Result<(), StoreError>;
}
