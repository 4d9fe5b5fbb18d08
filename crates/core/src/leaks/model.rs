use latchkey_types::{
    ActionTokenId, ApiId, AppId, AppSecretId, InitialAccessTokenId, KeyId, LeakId, ManagementKeyId, OrgId, Timestamp,
    VerificationKeyId,
};
use serde::{Deserialize, Serialize};

/// How long a leaked secret holds on under [`LeakResponse::Grace`], in hours, where nothing is said.
pub const DEFAULT_LEAK_GRACE_HOURS: u32 = 24;
/// The longest that it may: a week.
pub const MAX_LEAK_GRACE_HOURS: u32 = 168;

/// What becomes of an organisation's secret that was seen where it doesn't belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeakResponse {
    /// Nothing: people are told.
    Notify,
    /// It ends after some hours.
    Grace,
    /// It ends at once.
    #[default]
    Revoke,
}

impl LeakResponse {
    /// Every response.
    pub const ALL: [Self; 3] = [Self::Notify, Self::Grace, Self::Revoke];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Grace => "grace",
            Self::Revoke => "revoke",
        }
    }

    /// The response of this word, where it is one of these.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|response| response.as_str() == word)
    }
}

/// Which secret somebody holds; that they hold it was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSecret {
    /// Whose it is; `None`: the operators'.
    pub org: Option<OrgId>,
    /// What it belongs to.
    pub target: SecretTarget,
}

/// What a secret belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretTarget {
    /// An API key or JWT key, and which of its secrets.
    Key {
        /// The key.
        id: KeyId,
        /// 1, 2, 3, …
        generation: u32,
    },
    /// An app, and which of its client secrets.
    AppSecret {
        /// The app.
        app: AppId,
        /// The secret.
        id: AppSecretId,
    },
    /// A verification key.
    VerificationKey {
        /// The API that it is bound to.
        api: ApiId,
        /// The verification key.
        id: VerificationKeyId,
    },
    /// A management key.
    ManagementKey {
        /// The management key.
        id: ManagementKeyId,
    },
    /// An access token, opaque or JWT.
    AccessToken {
        /// Its `jti`.
        jti: String,
        /// To whom it was issued: `app_…`, `sa_…`, `once_…`.
        client: String,
        /// When its end is over in any case.
        expires_at: Timestamp,
    },
    /// An action token.
    ActionToken {
        /// The action token.
        id: ActionTokenId,
    },
    /// An initial access token (RFC 7591 section 1.2).
    InitialAccessToken {
        /// The initial access token.
        id: InitialAccessTokenId,
    },
}

impl SecretTarget {
    /// The kind of thing that the audit log names, and its id.
    pub fn audited(&self) -> (&'static str, &str) {
        match self {
            Self::Key { id, .. } => ("key", id.as_str()),
            Self::AppSecret { app, .. } => ("app", app.as_str()),
            Self::VerificationKey { id, .. } => ("verification_key", id.as_str()),
            Self::ManagementKey { id } => ("management_key", id.as_str()),
            Self::AccessToken { jti, .. } => ("access_token", jti),
            Self::ActionToken { id } => ("action_token", id.as_str()),
            Self::InitialAccessToken { id } => ("initial_access_token", id.as_str()),
        }
    }

    /// What the audit log calls ending it.
    pub(super) const fn revocation(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key.revoke",
            Self::AppSecret { .. } => "app.secret.delete",
            Self::VerificationKey { .. } => "verification_key.delete",
            Self::ManagementKey { .. } => "management_key.revoke",
            Self::AccessToken { .. } => "token.revoke",
            Self::ActionToken { .. } => "action_token.revoke",
            Self::InitialAccessToken { .. } => "initial_access_token.revoke",
        }
    }
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: it holds.
    Kept,
    /// It ends then.
    At(Timestamp),
    /// It has ended now.
    Revoked,
    /// It had ended before.
    Before,
}

impl Ending {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "notified",
            Self::At(_) => "grace",
            Self::Revoked => "revoked",
            Self::Before => "already_ended",
        }
    }

    /// When it ends, where that is to come.
    pub const fn ends_at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            _ => None,
        }
    }

    /// Of this word and time; `None` for no such word.
    pub fn from_parts(word: &str, ends_at: Option<Timestamp>) -> Option<Self> {
        match (word, ends_at) {
            ("notified", _) => Some(Self::Kept),
            ("grace", Some(at)) => Some(Self::At(at)),
            ("revoked", _) => Some(Self::Revoked),
            ("already_ended", _) => Some(Self::Before),
            _ => None,
        }
    }
}

/// A place where a secret was seen, to note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeak {
    /// Its id, where it is the first report of this place.
    pub id: LeakId,
    /// HMAC-SHA-256 of the secret under the pepper.
    pub mac: [u8; 32],
    /// Who reported it.
    pub reporter: String,
    /// Where it was seen; may be empty.
    pub url: String,
    /// In what, in the reporter's words: `commit`.
    pub source: String,
    /// When it was reported.
    pub at: Timestamp,
}

/// A place where a secret was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// Its id.
    pub id: LeakId,
    /// Which secret.
    pub secret: HeldSecret,
    /// Who reported it.
    pub reporter: String,
    /// Where it was seen; may be empty.
    pub url: String,
    /// In what, in the reporter's words: `commit`.
    pub source: String,
    /// When it was first reported.
    pub first_reported_at: Timestamp,
    /// When it was last reported.
    pub last_reported_at: Timestamp,
    /// How often it was reported.
    pub times: u32,
    /// What became of the secret, the last time that anything did.
    pub ending: Ending,
}
