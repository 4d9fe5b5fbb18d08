use latchkey_types::{InitialAccessTokenId, OrgId, Timestamp};

use crate::apps::AppGrant;

/// The most initial access tokens of an organisation that hold at a time.
pub const MAX_INITIAL_ACCESS_TOKENS: usize = 100;

/// What lets a program register clients of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    /// Its id; its random part stands in the token too.
    pub id: InitialAccessTokenId,
    /// Whose clients it registers.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// What each client that it registers may ask for at most.
    pub grants: Vec<AppGrant>,
    /// How many clients it may still register.
    pub uses_left: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

impl InitialAccessToken {
    /// Whether it may register a client now, where its organisation may.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.uses_left > 0 && self.revoked_at.is_none() && self.expires_at > now
    }
}

/// An initial access token to store, or as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInitialAccessToken {
    /// What people see of it.
    pub token: InitialAccessToken,
    /// HMAC-SHA-256 of the whole token under the pepper.
    pub mac: [u8; 32],
}
