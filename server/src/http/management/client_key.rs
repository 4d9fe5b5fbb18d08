//! Public keys of apps and service accounts as the management API shows them.

use latchkey_core::apps;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::Problem;

/// A public key by which an app or service account proves who it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientKey {
    /// `pk_…`
    pub id: String,
    /// What stands in the header of what it signs.
    pub kid: String,
    /// The JWK, public members only.
    #[schema(value_type = Object)]
    pub jwk: Value,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds; null: until it is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl TryFrom<apps::ClientKey> for ClientKey {
    type Error = Problem;

    fn try_from(key: apps::ClientKey) -> Result<Self, Problem> {
        Ok(Self {
            id: key.id.to_string(),
            kid: key.kid,
            jwk: serde_json::from_str(&key.jwk).map_err(|error| Problem::internal(&error))?,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        })
    }
}

/// A public key to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClientKey {
    /// A JWK (RFC 7517) of an Ed25519, P-256 or RSA key, public members only; without `kid` its thumbprint names it.
    #[schema(value_type = Object)]
    pub jwk: Value,
    /// Until when it holds; left out: until it is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<NewClientKey> for latchkey_core::NewClientKey {
    fn from(new: NewClientKey) -> Self {
        Self { jwk: new.jwk, expires_at: new.expires_at }
    }
}
