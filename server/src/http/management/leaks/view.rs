//! Leaks as the management API shows them.

use latchkey_core::leaks::{self, SecretTarget};
use latchkey_types::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::management::words::LeakOutcome;

/// A place where a secret was seen that leaked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leak {
    /// `leak_…`
    pub id: String,
    /// Whose secret.
    pub target: LeakTarget,
    /// Who reported it.
    pub reporter: String,
    /// Where it was seen; may be empty.
    pub url: String,
    /// In what, in the reporter's words: `commit`.
    pub source: String,
    /// What became of the secret.
    pub outcome: LeakOutcome,
    /// With `grace`: when it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// When it was first reported.
    #[schema(value_type = String, format = DateTime)]
    pub first_reported_at: Timestamp,
    /// When it was last reported.
    #[schema(value_type = String, format = DateTime)]
    pub last_reported_at: Timestamp,
    /// How often it was reported.
    pub times: u32,
}

/// Whose secret leaked.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeakTarget {
    /// `key`, `app`, `verification_key`, `management_key`, `access_token`, `action_token` or `initial_access_token`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Of a key: which of its secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// Of an app: which of its secrets, `sec_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl From<SecretTarget> for LeakTarget {
    fn from(target: SecretTarget) -> Self {
        let (kind, id) = target.audited();
        let id = id.to_owned();
        let (generation, secret) = match target {
            SecretTarget::Key { generation, .. } => (Some(generation), None),
            SecretTarget::AppSecret { id, .. } => (None, Some(id.to_string())),
            _ => (None, None),
        };
        Self { kind, id, generation, secret }
    }
}

impl From<leaks::Leak> for Leak {
    fn from(leak: leaks::Leak) -> Self {
        Self {
            id: leak.id.to_string(),
            target: leak.secret.target.into(),
            reporter: leak.reporter,
            url: leak.url,
            source: leak.source,
            outcome: leak.ending.into(),
            ends_at: leak.ending.ends_at(),
            first_reported_at: leak.first_reported_at,
            last_reported_at: leak.last_reported_at,
            times: leak.times,
        }
    }
}
