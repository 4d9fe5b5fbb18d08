//! Words of credentials.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Live or test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The real thing.
    Live,
    /// For trying out.
    Test,
}

impl From<Environment> for latchkey_types::Environment {
    fn from(environment: Environment) -> Self {
        match environment {
            Environment::Live => Self::Live,
            Environment::Test => Self::Test,
        }
    }
}

impl From<latchkey_types::Environment> for Environment {
    fn from(environment: latchkey_types::Environment) -> Self {
        match environment {
            latchkey_types::Environment::Live => Self::Live,
            latchkey_types::Environment::Test => Self::Test,
        }
    }
}

/// The kinds of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// An opaque secret.
    ApiKey,
    /// A long-lived signed JWT.
    JwtKey,
}

impl From<KeyKind> for latchkey_types::CredentialKind {
    fn from(kind: KeyKind) -> Self {
        match kind {
            KeyKind::ApiKey => Self::ApiKey,
            KeyKind::JwtKey => Self::JwtKey,
        }
    }
}

/// The kinds of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An opaque secret.
    ApiKey,
    /// A long-lived signed JWT.
    JwtKey,
    /// A token from `/oauth/token`.
    AccessToken,
    /// An OAuth2 client.
    App,
    /// A user that is a program.
    ServiceAccount,
}

impl From<latchkey_types::CredentialKind> for CredentialKind {
    fn from(kind: latchkey_types::CredentialKind) -> Self {
        match kind {
            latchkey_types::CredentialKind::ApiKey => Self::ApiKey,
            latchkey_types::CredentialKind::JwtKey => Self::JwtKey,
            latchkey_types::CredentialKind::AccessToken => Self::AccessToken,
            latchkey_types::CredentialKind::App => Self::App,
            latchkey_types::CredentialKind::ServiceAccount => Self::ServiceAccount,
        }
    }
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It works.
    Active,
    /// Switched off, can be switched on again.
    Disabled,
    /// Ended for good.
    Revoked,
    /// Its time is over.
    Expired,
}

impl From<latchkey_types::CredentialStatus> for Status {
    fn from(status: latchkey_types::CredentialStatus) -> Self {
        match status {
            latchkey_types::CredentialStatus::Active => Self::Active,
            latchkey_types::CredentialStatus::Disabled => Self::Disabled,
            latchkey_types::CredentialStatus::Revoked => Self::Revoked,
            latchkey_types::CredentialStatus::Expired => Self::Expired,
        }
    }
}

impl From<Status> for latchkey_types::CredentialStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
            Status::Revoked => Self::Revoked,
            Status::Expired => Self::Expired,
        }
    }
}

/// Where an action token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionTokenStatus {
    /// It can be swapped.
    Pending,
    /// It was swapped.
    Redeemed,
    /// It was ended, and what it was swapped for.
    Revoked,
    /// Nobody swapped it in time.
    Expired,
}

impl From<latchkey_core::action_tokens::ActionTokenStatus> for ActionTokenStatus {
    fn from(status: latchkey_core::action_tokens::ActionTokenStatus) -> Self {
        use latchkey_core::action_tokens::ActionTokenStatus as Core;
        match status {
            Core::Pending => Self::Pending,
            Core::Redeemed => Self::Redeemed,
            Core::Revoked => Self::Revoked,
            Core::Expired => Self::Expired,
        }
    }
}
