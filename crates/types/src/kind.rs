//! Kinds and states of credentials.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of credential was presented or made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An opaque secret, looked up.
    #[default]
    ApiKey,
    /// A long-lived signed JWT.
    JwtKey,
    /// A token from `/oauth/token`.
    AccessToken,
    /// An `OAuth2` client.
    App,
    /// A user that is a program.
    ServiceAccount,
}

impl CredentialKind {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::JwtKey => "jwt_key",
            Self::AccessToken => "access_token",
            Self::App => "app",
            Self::ServiceAccount => "service_account",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of credential")]
pub struct UnknownKind;

impl FromStr for CredentialKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        [Self::ApiKey, Self::JwtKey, Self::AccessToken, Self::App, Self::ServiceAccount]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

/// Where a credential stands, apart from who owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialStatus {
    /// It works.
    Active,
    /// Switched off, can be switched on again.
    Disabled,
    /// Ended for good.
    Revoked,
    /// Its time is over.
    Expired,
}

impl CredentialStatus {
    /// The word that bodies and pages use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for CredentialStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
