//! Client secrets as the management API shows them.

use latchkey_core::apps;
use latchkey_types::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A client secret, without the secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppSecret {
    /// `sec_…`
    pub id: String,
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

impl From<apps::AppSecret> for AppSecret {
    fn from(secret: apps::AppSecret) -> Self {
        Self {
            id: secret.id.to_string(),
            created_at: secret.created_at,
            last_used_at: secret.last_used_at,
            ends_at: secret.ends_at,
        }
    }
}

/// A client secret that was just made, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedAppSecret {
    /// What stays visible of it.
    #[serde(flatten)]
    pub secret: AppSecret,
    /// `lk_secret_…`, shown this once.
    pub client_secret: String,
}
