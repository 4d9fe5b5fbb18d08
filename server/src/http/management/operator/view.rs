//! What operators see.

use latchkey_core::operator::CredentialSummary;
use latchkey_core::signing::{SigningKeyInfo, SigningKeyState};
use latchkey_types::{CredentialStatus, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::{CredentialKind, SigningAlg, Status};

/// A credential of any kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Credential {
    /// `key_…` or `app_…`
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// The slug of the organisation that holds it.
    pub organisation: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds; null: until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl Credential {
    /// As it stands at this instant.
    pub fn at(now: Timestamp, credential: CredentialSummary) -> Self {
        let status = if credential.revoked_at.is_some() {
            CredentialStatus::Revoked
        } else if credential.expires_at.is_some_and(|end| end <= now) {
            CredentialStatus::Expired
        } else if credential.disabled_at.is_some() {
            CredentialStatus::Disabled
        } else {
            CredentialStatus::Active
        };
        Self {
            id: credential.id,
            kind: credential.kind.into(),
            name: credential.name,
            organisation: credential.org_slug,
            status: status.into(),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            last_used_at: credential.last_used_at,
            revoked_at: credential.revoked_at,
        }
    }
}

/// A key that signs tokens, without its private part.
#[derive(Debug, Serialize, ToSchema)]
pub struct SigningKey {
    /// The RFC 7638 thumbprint of its public part.
    pub kid: String,
    /// Its algorithm.
    pub alg: SigningAlg,
    /// Where it stands.
    pub state: State,
    /// When it was made, and so published.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it began to sign.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retired_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// Which signing key to rotate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = SigningKeyRotation)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// That of this algorithm; `EdDSA` unless said.
    pub alg: Option<SigningAlg>,
}

/// Where a signing key stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = SigningKeyState)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Published, doesn't sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; published until its last token has expired.
    Retired,
    /// Ended: nothing that it signed holds.
    Revoked,
}

impl From<SigningKeyInfo> for SigningKey {
    fn from(key: SigningKeyInfo) -> Self {
        Self {
            kid: key.kid,
            alg: key.alg.into(),
            state: match key.state {
                SigningKeyState::Next => State::Next,
                SigningKeyState::Active => State::Active,
                SigningKeyState::Retired => State::Retired,
                SigningKeyState::Revoked => State::Revoked,
            },
            created_at: key.created_at,
            activated_at: key.activated_at,
            retired_at: key.retired_at,
            revoked_at: key.revoked_at,
        }
    }
}
