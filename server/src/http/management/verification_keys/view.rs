//! Verification keys as the management API shows them.

use latchkey_core::apis;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::Environment;

/// What an API presents when it asks about a credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationKey {
    /// `vk_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Which environments' API keys it takes.
    pub environments: Vec<Environment>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Until when it holds; null: until it is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
}

impl From<apis::VerificationKey> for VerificationKey {
    fn from(key: apis::VerificationKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            environments: key.environments.into_iter().map(Environment::from).collect(),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            ends_at: key.ends_at,
        }
    }
}

/// A new verification key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerificationKey {
    /// What people call it.
    pub name: String,
    /// Which environments' API keys it takes; `["live"]` unless said.
    #[serde(default)]
    pub environments: Vec<Environment>,
}

/// A verification key that was just made, with its secret, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedVerificationKey {
    /// The key.
    #[serde(flatten)]
    pub key: VerificationKey,
    /// `lk_verify_…`, shown this once.
    pub secret: String,
}
