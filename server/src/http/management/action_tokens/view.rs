//! Action tokens as the management API shows them.

use latchkey_core::action_tokens;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::ActionTokenStatus;

/// What can be swapped, once, for a short access token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionToken {
    /// `once_…`; `sub` and `client_id` of the access token, too.
    pub id: String,
    /// Where it stands.
    pub status: ActionTokenStatus,
    /// The API that the access token is for: `api_…`
    pub api: String,
    /// What the access token allows.
    pub scopes: Vec<String>,
    /// What it is for; the access token says it too.
    pub purpose: String,
    /// The longest life of the access token, in seconds.
    pub max_access_seconds: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Until when it can be swapped.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it was swapped.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub redeemed_at: Option<Timestamp>,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl ActionToken {
    /// As it stands at this instant.
    pub fn at(now: Timestamp, token: action_tokens::ActionToken) -> Self {
        Self {
            status: token.status(now).into(),
            id: token.id.to_string(),
            api: token.api.to_string(),
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            purpose: token.purpose,
            max_access_seconds: token.max_access_seconds,
            created_at: token.created_at,
            created_by: token.created_by,
            expires_at: token.expires_at,
            redeemed_at: token.redeemed_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// An action token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActionToken {
    /// The API's id or its audience.
    pub api: String,
    /// What the access token allows, at most 16 scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What it is for, 1 to 100 characters. It stands in the access token: nothing about a person belongs there.
    pub purpose: String,
    /// How long it can be swapped; 600 unless said.
    #[schema(minimum = 1, maximum = 86_400, default = 600)]
    pub expires_in_seconds: Option<i64>,
    /// The longest life of the access token; 300 unless said. The API's `token_ttl_seconds` holds where it is less.
    #[schema(minimum = 1, maximum = 3_600, default = 300)]
    pub max_access_seconds: Option<i64>,
}

impl From<NewActionToken> for action_tokens::NewActionToken {
    fn from(new: NewActionToken) -> Self {
        Self {
            api: new.api,
            scopes: new.scopes,
            purpose: new.purpose,
            expires_in_seconds: new.expires_in_seconds,
            max_access_seconds: new.max_access_seconds,
        }
    }
}

/// An action token that was just made, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedActionToken {
    /// What stays visible of it.
    #[serde(flatten)]
    pub about: ActionToken,
    /// `lk_once_…`, shown this once: for the fragment of a link.
    pub secret: String,
}
