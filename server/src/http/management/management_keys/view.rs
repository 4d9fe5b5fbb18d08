//! Management keys as the management API shows them.

use latchkey_core::management_keys;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::Role;

/// What drives the management API.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManagementKey {
    /// `mk_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds; null: until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl From<management_keys::ManagementKey> for ManagementKey {
    fn from(key: management_keys::ManagementKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role.into(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A new management key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewManagementKey {
    /// What people call it.
    pub name: String,
    /// What it may do; at most the caller's own role.
    pub role: Role,
    /// Until when it holds; left out: until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A management key that was just made, with its secret, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedManagementKey {
    /// The key.
    #[serde(flatten)]
    pub key: ManagementKey,
    /// `lk_manage_…`, shown this once.
    pub secret: String,
}
