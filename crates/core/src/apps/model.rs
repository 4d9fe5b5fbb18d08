use latchkey_types::{ApiId, AppId, AppSecretId, CredentialStatus, OrgId, ScopeSet, Timestamp};

use crate::apis::{Api, ConsumerPolicy};
use crate::hashing::SecretHash;
use crate::orgs::Org;

/// How an app proves who it is at `/oauth/token` (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

impl AuthMethod {
    /// The registered word (RFC 7591 section 2).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// What an app may ask for at one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGrant {
    /// Where.
    pub api: ApiId,
    /// What.
    pub scopes: ScopeSet,
}

/// An `OAuth2` client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id and `client_id`.
    pub id: AppId,
    /// Who holds it.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// What it may ask for, by API id.
    pub grants: Vec<AppGrant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoke_reason: Option<String>,
    /// When it last got a token.
    pub last_used_at: Option<Timestamp>,
}

impl App {
    /// Where it stands.
    pub fn status(&self) -> CredentialStatus {
        if self.revoked_at.is_some() {
            CredentialStatus::Revoked
        } else if self.disabled_at.is_some() {
            CredentialStatus::Disabled
        } else {
            CredentialStatus::Active
        }
    }
}

/// What to change about an app; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppChange {
    /// Another name.
    pub name: Option<String>,
    /// All grants, anew.
    pub grants: Option<Vec<AppGrant>>,
    /// Another way to prove who it is.
    pub auth_method: Option<AuthMethod>,
}

/// A client secret, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSecret {
    /// Its id; its random part stands in the secret too.
    pub id: AppSecretId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A client secret to store, or as stored.
#[derive(Clone, Debug)]
pub struct NewAppSecret {
    /// What people see of it.
    pub secret: AppSecret,
    /// Argon2id of it.
    pub hash: SecretHash,
}

/// An app as the token endpoint and verification need it.
#[derive(Clone, Debug)]
pub struct VerifiableApp {
    /// The app.
    pub app: App,
    /// Its live secrets.
    pub secrets: Vec<NewAppSecret>,
    /// Who holds it.
    pub holder: Org,
    /// Each API that it is granted, with what that API's owner decided for the holder; in the order of `app.grants`.
    pub apis: Vec<(Api, ConsumerPolicy)>,
}
