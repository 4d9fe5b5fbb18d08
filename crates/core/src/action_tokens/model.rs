use latchkey_types::{ActionTokenId, ApiId, OrgId, ScopeSet, Timestamp};

use crate::apis::{Api, ConsumerPolicy};
use crate::orgs::Org;

/// What can be swapped, once, for an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionToken {
    /// Its id; its random part stands in the secret too. `sub` and `client_id` of the access token.
    pub id: ActionTokenId,
    /// Who made it, and holds what it is swapped for.
    pub org: OrgId,
    /// The API that the access token is for.
    pub api: ApiId,
    /// What the access token allows.
    pub scopes: ScopeSet,
    /// What it is for, in its maker's words: the access token says it too.
    pub purpose: String,
    /// The longest life of the access token, in seconds.
    pub max_access_seconds: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// Until when it can be swapped.
    pub expires_at: Timestamp,
    /// When it was swapped.
    pub redeemed_at: Option<Timestamp>,
    /// When it was ended, and the access token with it.
    pub revoked_at: Option<Timestamp>,
}

impl ActionToken {
    /// Where it stands at this instant.
    pub fn status(&self, now: Timestamp) -> ActionTokenStatus {
        if self.revoked_at.is_some() {
            ActionTokenStatus::Revoked
        } else if self.redeemed_at.is_some() {
            ActionTokenStatus::Redeemed
        } else if self.expires_at <= now {
            ActionTokenStatus::Expired
        } else {
            ActionTokenStatus::Pending
        }
    }
}

/// Where an action token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionTokenStatus {
    /// It can be swapped.
    Pending,
    /// It was swapped.
    Redeemed,
    /// It was ended.
    Revoked,
    /// Nobody swapped it in time.
    Expired,
}

impl ActionTokenStatus {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Redeemed, Self::Revoked, Self::Expired];

    /// The word that bodies and pages use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Redeemed => "redeemed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// An action token to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredActionToken {
    /// What people see of it.
    pub token: ActionToken,
    /// HMAC-SHA-256 of the whole token under the pepper.
    pub mac: [u8; 32],
}

/// An action token as its redemption, and the verification of what it was swapped for, need it.
#[derive(Clone, Debug)]
pub struct VerifiableActionToken {
    /// What people see of it.
    pub token: ActionToken,
    /// HMAC-SHA-256 of the whole token under the pepper.
    pub mac: [u8; 32],
    /// Who made it.
    pub holder: Org,
    /// What it is for.
    pub api: Api,
    /// What the API's owner decided for the holder.
    pub policy: ConsumerPolicy,
}
