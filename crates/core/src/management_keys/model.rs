use latchkey_types::{ManagementKeyId, OrgId, Role, Timestamp};

use crate::hashing::SecretHash;

/// A management key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagementKey {
    /// Its id.
    pub id: ManagementKeyId,
    /// Its organisation; `None` for an operator's key.
    pub org: Option<OrgId>,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it holds; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A management key to store, or as stored.
#[derive(Clone, Debug)]
pub struct NewManagementKey {
    /// What people see of it.
    pub key: ManagementKey,
    /// Argon2id of its secret.
    pub hash: SecretHash,
}
