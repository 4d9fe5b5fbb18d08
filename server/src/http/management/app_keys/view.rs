//! Public keys as the management API shows them: of apps and of service accounts.

use latchkey_core::{NewClientKey, apps};
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A public key by which its holder proves who it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKey {
    /// `pk_…`
    pub id: String,
    /// What the holder's assertions call it.
    pub kid: String,
    /// The JWK (RFC 7517).
    #[schema(value_type = Object)]
    pub jwk: Value,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds; null: until it is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it last proved its holder.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl From<apps::ClientKey> for PublicKey {
    fn from(key: apps::ClientKey) -> Self {
        Self {
            id: key.id.to_string(),
            kid: key.kid,
            // what stands in the database is JSON that this program wrote
            jwk: serde_json::from_str(&key.jwk).unwrap_or_default(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A public key to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublicKey {
    /// The JWK (RFC 7517): OKP with Ed25519, EC with P-256, or RSA; public members only. Without `kid` it gets its
    /// thumbprint (RFC 7638).
    #[schema(value_type = Object)]
    pub jwk: Value,
    /// Until when it holds; left out: until it is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<NewPublicKey> for NewClientKey {
    fn from(new: NewPublicKey) -> Self {
        Self { jwk: new.jwk, expires_at: new.expires_at }
    }
}
