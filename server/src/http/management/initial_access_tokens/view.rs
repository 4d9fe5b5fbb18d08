//! Initial access tokens as the management API shows them.

use latchkey_core::initial_access_tokens;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::apps::view::{Grant, NewGrant};

/// What lets a program register clients of the organisation (RFC 7591).
#[derive(Debug, Serialize, ToSchema)]
pub struct InitialAccessToken {
    /// `iat_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What each client that it registers may ask for at most.
    pub grants: Vec<Grant>,
    /// How many clients it may still register.
    pub uses_left: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Until when it holds.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<initial_access_tokens::InitialAccessToken> for InitialAccessToken {
    fn from(token: initial_access_tokens::InitialAccessToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            grants: token.grants.into_iter().map(Grant::from).collect(),
            uses_left: token.uses_left,
            created_at: token.created_at,
            created_by: token.created_by,
            expires_at: token.expires_at,
        }
    }
}

/// An initial access token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInitialAccessToken {
    /// What people call it; clients without a name of their own are called so, too.
    pub name: String,
    /// What each client that it registers may ask for at most.
    pub grants: Vec<NewGrant>,
    /// How many clients it may register; 1 unless said.
    #[schema(minimum = 1, maximum = 10_000, default = 1)]
    pub uses: Option<i64>,
    /// Until when it holds, at most 365 days ahead; 7 days unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<NewInitialAccessToken> for initial_access_tokens::NewInitialAccessToken {
    fn from(new: NewInitialAccessToken) -> Self {
        let grants = new.grants.into_iter().map(Into::into).collect();
        Self { name: new.name, grants, uses: new.uses, expires_at: new.expires_at }
    }
}

/// An initial access token that was just made, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedInitialAccessToken {
    /// What stays visible of it.
    #[serde(flatten)]
    pub about: InitialAccessToken,
    /// `lk_at_…`, shown this once.
    pub token: String,
}
